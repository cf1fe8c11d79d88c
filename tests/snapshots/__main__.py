"""Write the snapshots anew: python -m tests.snapshots. Read the diff: every model reads it."""

from tests.snapshots import FOLDER, current

if __name__ == "__main__":
    for name, text in current().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
