"""The files of the project, read once, and what every rule reports: a Finding with a place and a remedy."""
import dataclasses
import functools
import os
import pathlib

IGNORED_FOLDERS = {".git", "build", "var", "__pycache__", ".cache"}


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


@dataclasses.dataclass(frozen=True)
class File:
    path: str  # From the root, with slashes.
    text: str

    @property
    def suffix(self):
        return pathlib.PurePosixPath(self.path).suffix

    @property
    def parts(self):
        return self.path.split("/")

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    def is_cpp(self):
        return self.suffix in (".cc", ".h")


def read_tree(root):
    """Every text file under `root`, what was built or stored excepted, in order of path."""
    files = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - IGNORED_FOLDERS)
        for name in sorted(names):
            path = pathlib.Path(folder, name)
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # A picture, a font.
            files.append(File(path.relative_to(root).as_posix(), text))
    return files
