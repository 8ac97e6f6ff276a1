"""The documents say what is there: links lead somewhere, and every dependency is in docs/decisions.md with its why."""
import os.path
import re

from tree import Finding

LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
PACKAGE_LIST = re.compile(r"^(?:run|broker|test|lint)=\(([^)]*)\)", re.MULTILINE)
REQUIRED = ("README.md", "CONTRIBUTING.md", "LICENSE", "docs/architecture.md", "docs/decisions.md", "docs/operations.md")


def check_links(file, exists):
    for number, line in enumerate(file.lines, 1):
        for target in LINK.findall(line):
            path = os.path.normpath(os.path.join(os.path.dirname(file.path), target))
            if "://" not in target and not exists(path):
                yield Finding(file.path, number, f"the link to {target} leads nowhere")


def check_dependencies(install, decisions):
    for packages in PACKAGE_LIST.findall(install.text):
        for package in packages.split():
            if '"' not in package and f"`{package}`" not in decisions.text:
                yield Finding(install.path, 1, f"{package}: docs/decisions.md does not say why it is needed")


def check(files, exists):
    by_path = {file.path: file for file in files}
    for path in REQUIRED:
        if path not in by_path:
            yield Finding(path, 1, "is missing")
    for file in files:
        if file.suffix == ".md":
            yield from check_links(file, exists)
    if "deploy/install.sh" in by_path and "docs/decisions.md" in by_path:
        yield from check_dependencies(by_path["deploy/install.sh"], by_path["docs/decisions.md"])
