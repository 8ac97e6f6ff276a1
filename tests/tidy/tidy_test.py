#!/usr/bin/env python3
"""The checker finds what it is for, and lets pass what is right: small trees with one mistake each."""
import unittest

import document_rules
import include_rules
import proto_rules
import source_rules
from tree import File


def found(check, **texts):
    files = [File(path.replace("__", "/").replace("_DOT_", "."), text) for path, text in texts.items()]
    return [str(finding) for finding in check(files)]


def of(check, path, text):
    return [str(finding) for finding in check([File(path, text)])]


class IncludeDirection(unittest.TestCase):
    def included(self, path, header):
        return of(include_rules.check, path, f"#include {header}\n")

    def test_refuses_what_the_table_does_not_allow(self):
        for path, header in (
            ("core/a.h", '"projections/b.h"'), ("projections/a.cc", '"adapters/log/b.h"'),
            ("producers/plo/a.cc", '"projections/b.h"'), ("producers/plo/a.cc", '"consumers/board/b.h"'),
            ("consumers/board/a.cc", '"producers/plo/b.h"'), ("consumers/board/a.cc", '"adapters/http/b.h"'),
            ("adapters/log/a.cc", '"app/b.h"'), ("core/a.cc", '"tests/fake.h"'), ("app/a.cc", '"bench/b.h"'),
        ):
            self.assertEqual(len(self.included(path, header)), 1, f"{path} includes {header}")

    def test_refuses_one_producer_in_another(self):
        self.assertEqual(len(self.included("producers/plo/a.cc", '"producers/hl7v2/b.h"')), 1)

    def test_allows_what_the_table_allows(self):
        for path, header in (
            ("core/a.cc", '"overgang/v1/envelope.pb.h"'), ("projections/a.cc", '"core/b.h"'),
            ("consumers/board/a.cc", '"projections/b.h"'), ("producers/plo/a.cc", '"producers/plo/b.h"'),
            ("producers/plo/a.cc", '"producers/identity.h"'), ("app/main.cc", '"adapters/log/b.h"'),
            ("tests/producers/plo/a_test.cc", '"adapters/log/b.h"'), ("core/a.cc", '"absl/status/status.h"'),
        ):
            self.assertEqual(self.included(path, header), [], f"{path} includes {header}")

    def test_names_the_place(self):
        self.assertTrue(of(include_rules.check, "core/a.h", '\n\n#include "app/b.h"\n')[0].startswith("core/a.h:3: "))

    def test_refuses_paths_that_are_not_from_the_root(self):
        self.assertEqual(len(self.included("core/a.cc", '"../core/b.h"')), 1)
        self.assertEqual(len(found(include_rules.check, core__a_DOT_cc='#include "b.h"\n', core__b_DOT_h="")), 1)


class LibraryHeaders(unittest.TestCase):
    def test_stay_with_their_owners(self):
        for owner, stranger, header in (
            ("adapters/log/kafka_log.cc", "core/a.cc", "<librdkafka/rdkafka.h>"),
            ("adapters/store/rocksdb_store.cc", "projections/a.cc", "<rocksdb/db.h>"),
            ("adapters/http/server.cc", "consumers/board/a.cc", "<boost/beast/http.hpp>"),
            ("producers/hl7v2/mllp_server.cc", "producers/plo/a.cc", "<boost/asio.hpp>"),
            ("adapters/grpc/server.cc", "producers/intake/a.cc", "<grpcpp/grpcpp.h>"),
            ("app/client.cc", "core/a.cc", '"overgang/v1/census_service.grpc.pb.h"'),
            ("producers/plo/reader.cc", "app/a.cc", "<pugixml.hpp>"),
            ("app/config.cc", "core/a.cc", "<toml++/toml.h>"),
            ("app/main.cc", "adapters/grpc/a.cc", "<CLI/CLI.hpp>"),
        ):
            self.assertEqual(of(include_rules.check, owner, f"#include {header}\n"), [], header)
            self.assertEqual(len(of(include_rules.check, stranger, f"#include {header}\n")), 1, header)


class Sizes(unittest.TestCase):
    def test_a_file_has_400_lines_at_most(self):
        self.assertEqual(of(source_rules.check, "core/a.cc", "int a;\n" * 400), [])
        self.assertEqual(len(of(source_rules.check, "core/a.cc", "int a;\n" * 401)), 1)

    def function(self, lines, opening="int F(int a) {"):
        return "namespace overgang {\n" + opening + "\n" + "  G(\"}{\");  // }\n" * lines + "}\n}  // namespace overgang\n"

    def test_a_function_fits_on_a_screen(self):
        for opening in ("int F(int a) {", "TEST(Fold, AnyOrderIsTheSame) {", "A::A(int a)\n    : a_(a) {", "void A::F() const {"):
            self.assertEqual(of(source_rules.check, "core/a.cc", self.function(40, opening)), [])
            self.assertEqual(len(of(source_rules.check, "core/a.cc", self.function(70, opening))), 1, opening)

    def test_a_method_inside_a_class_counts(self):
        text = "class A {\n public:\n" + self.function(70, "  void F() {").replace("namespace overgang {\n", "") + "};\n"
        self.assertEqual(len(of(source_rules.check, "core/a.cc", text)), 1)

    def test_a_class_and_a_table_may_be_longer(self):
        self.assertEqual(of(source_rules.check, "core/a.cc", "class A {\n" + "  int F(int a);\n" * 80 + "};\n"), [])
        self.assertEqual(of(source_rules.check, "core/a.cc", "const int kA[] = {\n" + "  1,\n" * 80 + "};\n"), [])


class Words(unittest.TestCase):
    def test_have_no_place_in_the_project(self):
        for path, text in (
            ("core/a.cc", "// see /" + "work/main\n"), ("docs/a.md", "as in issue 12\n"), ("docs/a.md", "fixes #" + "12\n"),
            ("core/a.cc", "// TODO: later\n"), ("tests/a_test.cc", "GTEST_SKIP();\n"), ("tests/a.py", "@unittest.skip('x')\n"),
            ("deploy/a.sh", "curl https://repo1.maven.org/maven2\n"),
        ):
            self.assertEqual(len(of(source_rules.check, path, text)), 1, text)

    def test_ordinary_words_pass(self):
        for path, text in (
            ("core/a.cc", "// session.timeout.ms = 10000\n"), ("docs/a.md", "[here](#12-hours)\n"), ("app/a.css", "a { color: #123; }\n"),
            ("deploy/a.sh", "echo $#\n"), ("core/a.cc", 'Find("12345678901");\n'),
        ):
            self.assertEqual(of(source_rules.check, path, text), [], text)

    def test_an_identity_number_that_may_be_real_is_found(self):
        synthetic = "01810050072"
        self.assertEqual(of(source_rules.check, "tests/a.cc", f'"{synthetic}"\n'), [])
        real = make_number("010100500")
        self.assertEqual(len(of(source_rules.check, "tests/a.cc", f'"{real}"\n')), 1)


def make_number(nine):
    digits = nine
    for weights in source_rules.WEIGHTS:
        digits += str((11 - sum(w * int(d) for w, d in zip(weights, digits)) % 11) % 11)
    assert len(digits) == 11
    return digits


class GeneratedCode(unittest.TestCase):
    def test_is_not_kept(self):
        self.assertEqual(len(of(source_rules.check, "proto/a.pb.cc", "int a;\n")), 1)
        self.assertEqual(len(of(source_rules.check, "core/a.cc", "// Generated by the protocol buffer compiler.\n")), 1)


class Headers(unittest.TestCase):
    def test_open_with_what_they_are(self):
        self.assertEqual(of(source_rules.check, "core/a.h", "// What it is.\n#pragma once\n"), [])
        self.assertEqual(len(of(source_rules.check, "core/a.h", "#pragma once\n")), 1)
        self.assertEqual(len(of(source_rules.check, "core/a.h", "// What it is.\n")), 1)


class Protos(unittest.TestCase):
    PATH = "proto/overgang/v1/a.proto"

    def test_a_field_without_a_comment(self):
        self.assertEqual(len(of(proto_rules.check, self.PATH, "message A {\n  string a = 1;\n}\n")), 1)
        self.assertEqual(of(proto_rules.check, self.PATH, "message A {\n  string a = 1;  // What.\n  // How.\n  int32 b = 2;\n}\n"), [])

    def test_a_field_of_the_message_of_its_name_needs_none(self):
        text = "message A {\n  oneof fact {\n    UkpDeclared ukp_declared = 1;\n  }\n}\n"
        self.assertEqual(of(proto_rules.check, self.PATH, text), [])

    def test_a_number_given_twice_in_one_message(self):
        text = "message A {\n  string a = 1;  // x\n  oneof b {\n    string c = 1;  // x\n  }\n}\n"
        self.assertEqual(len(of(proto_rules.check, self.PATH, text)), 1)
        text = "message A {\n  string a = 1;  // x\n}\nmessage B {\n  string a = 1;  // x\n}\n"
        self.assertEqual(of(proto_rules.check, self.PATH, text), [])

    def test_an_enum_begins_with_unspecified(self):
        self.assertEqual(len(of(proto_rules.check, self.PATH, "enum A {\n  A_FIRST = 0;\n}\n")), 1)
        self.assertEqual(of(proto_rules.check, self.PATH, "enum A {\n  A_UNSPECIFIED = 0;\n  A_FIRST = 1;\n}\n"), [])


class Documents(unittest.TestCase):
    def check(self, **files):
        return [str(finding) for finding in document_rules.check([File(path, text) for path, text in files.items()],
                                                                 lambda path: path in ("docs/there.md",))]

    def test_that_are_missing(self):
        self.assertEqual(len(self.check()), len(document_rules.REQUIRED))

    def test_a_link_that_leads_nowhere(self):
        findings = self.check(**{"docs/a.md": "[a](there.md) [b](https://example.org) [c](gone.md)\n"})
        self.assertEqual([finding for finding in findings if "leads nowhere" in finding],
                         ["docs/a.md:1: the link to gone.md leads nowhere"])

    def test_a_dependency_without_a_why(self):
        files = {"deploy/install.sh": 'run=(\n  cmake "$boost" libnew-dev\n)\n', "docs/decisions.md": "`cmake` builds.\n"}
        self.assertEqual([finding for finding in self.check(**files) if "libnew-dev" in finding or "boost" in finding],
                         ["deploy/install.sh:1: libnew-dev: docs/decisions.md does not say why it is needed"])


if __name__ == "__main__":
    unittest.main()
