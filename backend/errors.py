"""Everything that can go wrong, with advice. The code travels to the add-on; the message is for people.

SuperFaceError
├── ClipError              the footage
│   ├── ClipMissing            no such file, or vanished
│   ├── ClipNotAllowed         outside the allowed folders
│   ├── ClipUnreadable         not a video, truncated, damaged, no picture in it
│   └── ClipTooLong            over the limit
├── NoFace                 no face in the whole range
├── RequestInvalid         a field makes no sense
├── SettingInvalid         a setting makes no sense
├── ModelError
│   ├── ModelUnknown           no such model id
│   ├── ModelMissing           its file is not here and cannot be fetched
│   └── ModelDamaged           its file has a wrong hash
├── RatingsError           the record of ratings
│   ├── RatingsUnreadable      no database of ours, damaged, or of a newer version
│   └── RatingsUnreachable     its file or server cannot be opened
├── TrainingError          the training broke off
│   └── NothingToLearn         too few answers, or they say nothing
├── UploadError            chunk out of order, wrong hash, too large
├── Busy                   too much work at once
└── DiskFull               nothing could be written
"""


class SuperFaceError(Exception):
    """message: what happened, with the bad value. advice: what to do, one sentence."""

    code = "internal"

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class ClipError(SuperFaceError):
    """The footage."""

    code = "clip"


class ClipMissing(ClipError):
    """No such file, or vanished."""

    code = "clip_missing"


class ClipNotAllowed(ClipError):
    """Outside the allowed folders."""

    code = "clip_not_allowed"


class ClipUnreadable(ClipError):
    """Not a video, truncated, damaged, no picture in it."""

    code = "clip_unreadable"


class ClipTooLong(ClipError):
    """Over the limit."""

    code = "clip_too_long"


class NoFace(SuperFaceError):
    """No face in the whole range."""

    code = "no_face"


class RequestInvalid(SuperFaceError):
    """A field makes no sense."""

    code = "request_invalid"


class SettingInvalid(SuperFaceError):
    """A setting makes no sense."""

    code = "setting_invalid"


class ModelError(SuperFaceError):
    """A predictor or its file."""

    code = "model"


class ModelUnknown(ModelError):
    """No such model id."""

    code = "model_unknown"


class ModelMissing(ModelError):
    """Its file is not here and cannot be fetched."""

    code = "model_missing"


class ModelDamaged(ModelError):
    """Its file has a wrong hash."""

    code = "model_damaged"


class RatingsError(SuperFaceError):
    """The record of ratings."""

    code = "ratings"


class RatingsUnreadable(RatingsError):
    """No database of ours, damaged, or of a newer version."""

    code = "ratings_unreadable"


class RatingsUnreachable(RatingsError):
    """Its file or server cannot be opened."""

    code = "ratings_unreachable"


class TrainingError(SuperFaceError):
    """The training broke off."""

    code = "training"


class NothingToLearn(TrainingError):
    """Too few answers, or they say nothing."""

    code = "nothing_to_learn"


class UploadError(SuperFaceError):
    """Chunk out of order, wrong hash, too large."""

    code = "upload"


class Busy(SuperFaceError):
    """Too much work at once."""

    code = "busy"


class DiskFull(SuperFaceError):
    """Nothing could be written."""

    code = "disk_full"
