"""docs/asyncapi.yaml, as far as records can be held against it."""
import pathlib
import re

import yaml

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/asyncapi.yaml"


class AsyncApi:
    def __init__(self, text=None):
        self.document = yaml.safe_load(text or DOCUMENT.read_text())
        self.channels = {channel["address"]: channel for channel in self.document["channels"].values()}

    def resolve(self, node):
        """The node, or what its $ref leads to; KeyError where that is nowhere."""
        while isinstance(node, dict) and "$ref" in node:
            path = node["$ref"].removeprefix("#/").split("/")
            node = self.document
            for step in path:
                node = node[step]
        return node

    def references(self, node=None):
        """Every $ref of the document."""
        node = self.document if node is None else node
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            node = list(node.values())
        if isinstance(node, list):
            for part in node:
                yield from self.references(part)

    def messages(self, topic):
        """ce_type -> message."""
        found = (self.resolve(message) for message in self.channels[topic]["messages"].values())
        return {message["name"]: message for message in found}

    def problems(self, topic, key, headers):
        """What of a record is not as the document says."""
        if topic not in self.channels:
            return [f"{topic} is no channel"]
        kind = headers.get("ce_type")
        message = self.messages(topic).get(kind)
        if message is None:
            return [f"{topic} has no message {kind}"]
        found = []
        key_schema = self.key_schema(message)
        if bool(key) if key_schema is None else not self.fits(key_schema, key):
            found.append(f"{kind}: the key {key!r} is none of {topic}")
        return found + [f"{kind}: {problem}" for problem in self.header_problems(message["headers"], headers)]

    def key_schema(self, message):
        for trait in map(self.resolve, message.get("traits", [])):
            return trait["bindings"]["kafka"]["key"]
        return None

    def header_problems(self, schema, headers):
        schema = self.resolve(schema)
        for part in schema.get("allOf", []):
            yield from self.header_problems(part, headers)
        for name in schema.get("required", []):
            if name not in headers:
                yield f"the header {name} is missing"
        for name, value in headers.items():
            known = schema.get("properties", {}).get(name)
            if known is None and schema.get("additionalProperties") is False:
                yield f"the header {name} is not in the document"
            elif known is not None and not self.fits(known, value):
                yield f"the header {name} has {value!r}"

    @staticmethod
    def fits(schema, value):
        if "const" in schema and value != schema["const"]:
            return False
        return "pattern" not in schema or re.search(schema["pattern"], value or "") is not None
