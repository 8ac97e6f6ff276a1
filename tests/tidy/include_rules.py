"""Who may include whom: the rooms of docs/architecture.md, and the libraries that only some rooms may know."""
import os.path
import re

from tree import Finding

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')

ROOMS = ("core", "projections", "producers", "consumers", "adapters", "app", "tests", "bench")

# Besides itself and the generated messages (overgang/v1/).
MAY_INCLUDE = {
    "core": set(),
    "projections": {"core"},
    "producers": {"core"},
    "consumers": {"core", "projections"},
    "adapters": {"core"},
    "app": {"core", "projections", "producers", "consumers", "adapters"},
}

# A library's headers, and the folders or files that own it. Tests and benchmarks may use all of them.
LIBRARY_OWNERS = {
    r"librdkafka/": ("adapters/log/",),
    r"rocksdb/": ("adapters/log/", "adapters/store/"),
    r"boost/": ("adapters/http/", "producers/hl7v2/", "producers/simulator/", "app/"),
    r"(grpc|grpcpp)/|.*\.grpc\.pb\.h$": ("adapters/grpc/", "app/"),
    r"pugixml": ("producers/plo/",),
    r"(toml\+\+/|toml\.hpp)": ("app/", "consumers/escalation/rules_reader."),  # DryRunRules is sent rules as text.
    r"CLI/": ("app/", "producers/simulator/command."),  # The one subcommand that is not a client or the hub.
    r"xlsxwriter": ("core/sheet_xlsx.",),
    r"cairo/": ("consumers/daily_status/picture.", "consumers/meeting/paper."),
    r"curl/": ("adapters/",),
    r"openssl/": ("core/", "adapters/", "app/"),
    r"prometheus/": ("core/",),
}


def includes(file):
    for number, line in enumerate(file.lines, 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(2)


def direction(file, number, header):
    room, other = file.parts[0], header.split("/")[0]
    if room not in MAY_INCLUDE or other not in ROOMS:
        return
    if other != room:
        if other not in MAY_INCLUDE[room]:
            allowed = ", ".join(sorted(MAY_INCLUDE[room])) or "no other room"
            yield Finding(file.path, number, f'"{header}": {room}/ may include {allowed}; meet in the log or behind a '
                                             "port of core/")
        return
    # What stands in producers/ itself is common to its rooms; the rooms know nothing of each other.
    if room == "producers" and len(header.split("/")) > 2 and header.split("/")[1] != file.parts[1]:
        yield Finding(file.path, number, f'"{header}": producers never include each other')


def library(file, number, header):
    if file.parts[0] not in MAY_INCLUDE:
        return
    for pattern, owners in LIBRARY_OWNERS.items():
        if re.match(pattern, header) and not file.path.startswith(owners):
            yield Finding(file.path, number, f"<{header}>: this library's headers belong to {', '.join(owners)}; "
                                             "everyone else uses what these offer")


def relative(file, number, header, paths):
    beside = os.path.normpath(os.path.join(os.path.dirname(file.path), header))
    if header.startswith(".") or ("/" in file.path and "/" not in header and beside in paths):
        yield Finding(file.path, number, f'"{header}": write the path from the root of the project')


def check(files):
    paths = {file.path for file in files}
    for file in files:
        if not file.is_cpp():
            continue
        for number, header in includes(file):
            yield from direction(file, number, header)
            yield from library(file, number, header)
            yield from relative(file, number, header, paths)
