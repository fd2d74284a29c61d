"""Steps from each version of the ratings' database to the next, for Alembic; run by sql_ratings.py."""
