"""Names of the API's operations, and links from what makes a thing to what is done with it.

A client generator makes its functions of the names; a link tells where the id goes that an answer
brought: `post_members` leads to `get_members_by_member_id`.
"""

import re
from typing import Any

METHODS = ("get", "post", "patch", "delete")
OF_A_BANK = re.compile(r"^/api/v1(/banks/\{bank_id\}(?=/))?")


def add_names_and_links(described: dict[str, Any]) -> dict[str, Any]:
    """*described*, an OpenAPI document, with an `operationId` and `links` for its operations."""
    paths = described["paths"]
    for path, item in paths.items():
        for method in METHODS:
            if method in item:
                item[method]["operationId"] = operation_id(method, path)
    for path, item in paths.items():
        made = item.get("post", {}).get("responses", {}).get("201")
        links = _links(described, path, made) if made else {}
        if links:
            made["links"] = links
    return described


def operation_id(method: str, path: str) -> str:
    """`get_members_by_member_id_statement` for `GET …/members/{member_id}/statement`."""
    words = OF_A_BANK.sub("", path).replace("{", "by_").replace("}", "").strip("/")
    return f"{method}_{re.sub(r'[^a-z_]', '_', words.replace('-', '_').replace('/', '_'))}"


def _links(described: dict[str, Any], path: str, made: dict[str, Any]) -> dict[str, Any]:
    fields = _fields(described, made)
    links = {}
    for other, item in described["paths"].items():
        rest = other.removeprefix(path)
        name = re.match(r"/\{(\w+)\}[^{]*$", rest)
        if not other.startswith(path) or name is None:
            continue
        field = name[1] if name[1] in fields else "id"
        if field not in fields:
            continue
        given = {"bank_id": "$request.path.bank_id"} if "{bank_id}" in other else {}
        for method in METHODS:
            if method in item:
                target = operation_id(method, other)
                links[target] = {
                    "operationId": target,
                    "parameters": {**given, name[1]: f"$response.body#/{field}"},
                }
    return links


def _fields(described: dict[str, Any], answer: dict[str, Any]) -> set[str]:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    found = described["components"]["schemas"].get(name, schema)
    return set(found.get("properties", ()))
