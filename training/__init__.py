"""Scripts that make and judge predictors; each reads top to bottom."""
