#!/usr/bin/env python3
"""Checks what no compiler does: include direction, sizes, words, protos, documents. usage: tidy.py [ROOT]

Prints one line a finding, with file, line and remedy, and exits 1 when there is any.
"""
import pathlib
import sys

import document_rules
import include_rules
import proto_rules
import source_rules
import tree


def findings(root):
    files = tree.read_tree(root)
    yield from include_rules.check(files)
    yield from source_rules.check(files)
    yield from proto_rules.check(files)
    yield from document_rules.check(files, lambda path: (root / path).exists())


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    found = sorted(set(findings(root)))
    for finding in found:
        print(finding)
    print(f"tidy: {len(found)} findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
