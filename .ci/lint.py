#!/usr/bin/env python3
"""Formatting, clang-tidy, shell scripts and Python files; prints what is wrong and exits 1.

usage: .ci/lint.py BUILD_FOLDER JOBS   (configured, with the generated sources built)

clang-tidy takes seconds a file, so a clean result is remembered in BUILD_FOLDER/tidy-cache under a hash of all that it
depends on: the checks, the compile command, the file and every file that it includes.
"""
import concurrent.futures
import functools
import hashlib
import json
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(*command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
                            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def shell_scripts():
    def is_shell(name):
        with open(ROOT / name, "rb") as file:
            first = file.readline(80)
        return first.startswith(b"#!") and first.rstrip().endswith((b"bash", b"/sh"))
    return [name for name in tracked("deploy", "tests", ".ci", "bench") if is_shell(name)]


def check_python():
    for name in tracked("*.py"):
        try:
            compile((ROOT / name).read_text(), name, "exec", dont_inherit=True)
        except SyntaxError as error:
            return False, f"{name}:{error.lineno}: {error.msg}\n"
    return True, ""


@functools.lru_cache(maxsize=None)
def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def included_files(source, command):
    """What `source` includes, by the compiler's own account; system headers stand for their package's version."""
    words = [word for word in shlex.split(command["command"]) if pathlib.Path(word).name != "ccache"]
    output = words.index("-o")
    del words[output:output + 2]
    done = subprocess.run([*words, "-MM", "-MG"], cwd=command["directory"], stdout=subprocess.PIPE, text=True)
    names = done.stdout.replace("\\\n", " ").split()[1:]
    paths = {(pathlib.Path(command["directory"]) / name).resolve() for name in names} | {source}
    return sorted(path for path in paths if path.exists() and path.is_relative_to(ROOT))


def tidy(build, command, version):
    source = pathlib.Path(command["directory"], command["file"]).resolve()
    key = hashlib.sha256(repr([version, command["command"], digest(ROOT / ".clang-tidy"),
                               [(str(path), digest(path)) for path in included_files(source, command)]]).encode())
    remembered = build / "tidy-cache" / key.hexdigest()
    if remembered.exists():
        return True
    good, output = run("clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option", f"-p={build}", str(source))
    if good:
        remembered.touch()
    else:
        print(output, flush=True)  # At once: the others take minutes.
    return good


def check_tidy(build, jobs):
    (build / "tidy-cache").mkdir(exist_ok=True)
    version = run("clang-tidy", "--version")[1] + run("dpkg-query", "--show", "lib*-dev")[1]
    # The rooms that everything rests on. clang-tidy takes some 25 s a file; the others are held to the compiler's warnings
    # and the format until their first pass is clean.
    ours = [ROOT / room for room in ("core", "projections", "consumers")]
    commands = [command for command in json.loads((build / "compile_commands.json").read_text())
                if any(pathlib.Path(command["file"]).is_relative_to(room) for room in ours)]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return all(list(pool.map(lambda command: tidy(build, command, version), commands))), ""


def main():
    build, jobs = (ROOT / sys.argv[1]).resolve(), int(sys.argv[2])
    checks = {
        "clang-format": lambda: run("clang-format", "--dry-run", "-Werror", *tracked("*.cc", "*.h")),
        "shellcheck": lambda: run("shellcheck", *shell_scripts()),
        "Python": check_python,
        "clang-tidy": lambda: check_tidy(build, jobs),
    }
    failed = []
    for name, check in checks.items():
        good, output = check()
        print(f"{name}: {'clean' if good else 'not clean'}", flush=True)
        if not good:
            print(output)
            failed.append(name)
    sys.exit(f"make lint failed: {', '.join(failed)}" if failed else 0)


main()
