"""Protos: numbers given once, 0 meaning that nothing was said, and in the contract every field explained."""
import re

from tree import Finding

CONTRACT = "proto/overgang/"

FIELD = re.compile(r"^\s*(?:repeated |optional )?(?:map<[^>]+>|[\w.]+) (\w+) = (\d+);(.*)$")
VALUE = re.compile(r"^\s*(\w+) = (\d+);")
OPENING = re.compile(r"^\s*(message|enum|oneof|service)\s+(\w+)\s*\{(.*)$")


def check_file(file):
    blocks = []  # (kind, name, numbers seen); a oneof shares the numbers of its message.
    for number, line in enumerate(file.lines, 1):
        opening = OPENING.match(line)
        if opening:
            kind, name, rest = opening.groups()
            if "}" not in rest:
                blocks.append((kind, name, blocks[-1][2] if kind == "oneof" and blocks else {}))
            continue
        if line.strip().startswith("}") and blocks:
            blocks.pop()
            continue
        kind, block, seen = blocks[-1] if blocks else (None, "", {})
        if kind == "enum":
            value = VALUE.match(line)
            if value and not seen and not (value.group(1).endswith("_UNSPECIFIED") and value.group(2) == "0"):
                yield Finding(file.path, number, f"enum {block}: its first value is ..._UNSPECIFIED = 0")
            if value:
                seen[value.group(2)] = value.group(1)
        elif kind in ("message", "oneof"):
            field = FIELD.match(line)
            if not field:
                continue
            name, given, rest = field.groups()
            if given in seen:
                yield Finding(file.path, number, f"{block}.{name}: number {given} is {seen[given]}'s")
            seen[given] = name
            explained = "//" in rest or file.lines[number - 2].strip().startswith("//") or names_its_message(name, line)
            if not explained and file.path.startswith(CONTRACT):
                yield Finding(file.path, number, f"{block}.{name}: a comment with its unit and source is missing")


def names_its_message(name, line):
    """Whether a field is of a message of its own name, which is explained where it is defined."""
    kind = line.split("=")[0].split()[-2].split(".")[-1]
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower() == name


def check(files):
    for file in files:
        if file.suffix == ".proto":
            yield from check_file(file)
