"""The documented server without its sockets: each rule, and what is stored."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats.core.entities import ENTITIES
from custobar_formats.upload.sandbox import Account, handle
from custobar_formats.upload.sandbox_http import Request, Response
from custobar_formats.upload.sandbox_keys import ACCESS_TOKENS, CODE, INTEGRATIONS, PASSWORD, SCOPES, USER
from custobar_formats.upload.sandbox_rules import RULES, Mark, is_enforced, rule_lines

JSON = "application/json"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
CUSTOMERS = "/api/customers/upload/"
ONE: dict[str, Any] = {"external_id": "C-1"}


class Asked:
    """An account with a key, and requests to it."""

    def __init__(self, *, lenient: bool = False) -> None:
        self.account = Account(lenient=lenient, origin="http://here")
        self.key = self.account.keys.make()

    def send(self, method: str, target: str, body: bytes = b"", at: float = 0.0, **headers: str | None) -> Response:
        given = {"authorization": f"Bearer {self.key}", "content-length": str(len(body)), "content-type": JSON}
        all_headers = {**given, **{name.replace("_", "-"): value for name, value in headers.items()}}
        fields = tuple((name, value) for name, value in all_headers.items() if value is not None)
        return handle(self.account, Request(method, target, fields, body, at))

    def upload(self, entity: str, *records: Any, **headers: Any) -> Response:
        return self.send("POST", f"/api/{entity}/upload/", json.dumps({entity: records}).encode(), **headers)

    def csv(self, entity: str, text: str, charset: str = "utf-8") -> Response:
        content = f"text/csv; charset={charset}"
        return self.send("POST", f"/api/{entity}/upload/", text.encode(charset), content_type=content)

    def data(self, target: str) -> Any:
        response = self.send("GET", f"/api/data/{target}")
        assert response.status == 200, response
        return json.loads(response.body)

    def records(self, entity: str) -> list[dict[str, Any]]:
        return self.account.store.records(entity)


def code(response: Response) -> tuple[int, str]:
    return response.status, json.loads(response.body)["error"]["code"]


# -- each rule that refuses: the request, its status, and its status where the server is lenient

SALE = {"sale_external_id": "S-1", "sale_date": "2026-01-02", "sale_customer_id": "C-1"}
MANY = json.dumps([{"external_id": str(n)} for n in range(501)]).encode()
LARGE = json.dumps([{"external_id": "C-1", "city": "x" * 1_000_000}]).encode()
BODY = json.dumps({"customers": [ONE]}).encode()
STEP_ONE = {"integration_name": "", "parameters": {"name": "My Application", "description": "Integration for my app"}}


def upload(body: Any, entity: str = "customers", **headers: str | None) -> tuple[Any, ...]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return "POST", f"/api/{entity}/upload/", data, headers


def get(target: str, **headers: str | None) -> tuple[Any, ...]:
    return "GET", target, b"", headers


CASES = [
    ("key", get("/api/data/customers/", authorization="Bearer unknown"), 401, 401),
    ("bearer", get("/api/data/customers/", authorization=None), 401, 401),
    ("bearer", get("/api/data/customers/", authorization="Token KEY"), 401, 200),
    ("bearer", get("/api/data/customers/", authorization="bearer KEY"), 401, 200),
    ("bearer", get("/api/data/customers/", authorization="Bearer  KEY"), 401, 200),
    ("bearer", get("/api/data/customers/", authorization=BASIC), 401, 401),
    ("place", get("/api/data/shops/"), 404, 404),
    ("place", get("/api/data/people/"), 404, 404),
    ("place", get("/api/data/customers"), 404, 404),
    ("place", ("POST", "/api/customers/", BODY, {}), 404, 404),
    ("place", get("/"), 404, 404),
    ("method", ("GET", CUSTOMERS, b"", {}), 405, 405),
    ("method", ("POST", "/api/data/customers/", BODY, {}), 405, 405),
    ("method", ("PUT", CUSTOMERS, BODY, {}), 405, 405),
    ("content-type", upload(BODY, content_type="application/xml"), 400, 200),
    ("content-type", upload(BODY, content_type=None), 400, 200),
    ("charset", upload(BODY, content_type="application/json; charset=iso-8859-1"), 400, 200),
    ("charset", upload(b"external_id\n1\n", content_type="text/csv; charset=windows-1252"), 400, 200),
    ("content-length", upload(BODY, content_length=None), 411, 200),
    ("content-length", upload(BODY, content_length=str(len(BODY) + 1)), 400, 200),
    ("content-encoding", upload(BODY, content_encoding="gzip"), 400, 400),
    ("readable", upload(b"{"), 400, 400),
    ("readable", upload(b""), 400, 400),
    ("readable", upload(b"\xff"), 400, 400),
    ("readable", upload(b'[{"external_id": NaN}]'), 400, 400),
    ("readable", upload(b'[{"external_id": "1", "score": 1e999}]'), 400, 400),
    ("readable", upload(b'[{"external_id": "1", "external_id": "2"}]'), 400, 400),
    ("readable", upload(b"[" * 100_000), 400, 400),
    ("readable", upload(b'[{"external_id": "1", "x": ' + b"[" * 100 + b"]" * 100 + b"}]"), 400, 400),
    ("readable", upload(b'external_id\n"1', content_type="text/csv"), 400, 400),
    ("readable", upload(b"external_id,external_id\n1,2\n", content_type="text/csv"), 400, 400),
    ("readable", upload(b"external_id\n1,2\n", content_type="text/csv"), 400, 400),
    ("readable", upload(b"external_id," + b"a." * 100 + b"a\n1,2\n", content_type="text/csv"), 400, 400),
    ("readable", upload(b"", content_type="text/csv"), 400, 400),
    ("wrapper", upload({"products": [ONE]}), 400, 400),
    ("wrapper", upload({"customers": [ONE], "more": 1}), 400, 400),
    ("wrapper", upload({"customers": ONE}), 400, 400),
    ("wrapper", upload([1]), 400, 400),
    ("wrapper", upload(1), 400, 400),
    ("mandatory", upload([{"city": "Oulu"}]), 422, 200),
    ("mandatory", upload([{"external_id": ""}]), 422, 200),
    ("mandatory", upload([{"title": "x"}], "products"), 422, 200),
    ("mandatory", upload([{"name": "x"}], "shops"), 422, 200),
    ("mandatory", upload([{"date": "2026-01-02", "email": "a@b.fi"}], "events"), 422, 200),
    ("mandatory", upload([{"type": "X", "email": "a@b.fi"}], "events"), 422, 200),
    ("mandatory", upload([{"type": "X", "date": "2026-01-02"}], "events"), 422, 200),
    ("mandatory", upload([{"sale_date": "2026-01-02", "sale_email": "a@b.fi"}], "sales"), 422, 200),
    ("sale", upload([{"sale_external_id": "S-1", "sale_email": "a@b.fi"}], "sales"), 422, 200),
    ("sale", upload([{"sale_external_id": "S-1", "sale_date": "2026-01-02"}], "sales"), 422, 200),
    ("types", upload([{"external_id": "P", "price": "24,90"}], "products"), 422, 200),
    ("types", upload([{"external_id": "P", "price": 24.9}], "products"), 422, 200),
    ("types", upload([{"external_id": "P", "price": True}], "products"), 422, 200),
    ("types", upload([{"external_id": "P", "stock": [{"quantity": "x"}]}], "products"), 422, 200),
    ("types", upload([{"external_id": "C", "can_email": "yes"}]), 422, 200),
    ("types", upload([{**SALE, "quantity": "1,5"}], "sales"), 422, 200),
    ("records", upload(MANY), 400, 200),
    ("bytes", upload(LARGE), 413, 200),
    ("bytes", upload(b"", content_length="1000001"), 413, 400),
    ("limit", get("/api/data/customers/?limit=0"), 400, 200),
    ("limit", get("/api/data/customers/?limit=-1"), 400, 200),
    ("limit", get("/api/data/customers/?limit=x"), 400, 200),
    ("limit", get("/api/data/customers/?limit=10001"), 400, 200),
    ("next-url", get("/api/data/customers/?cursor=x"), 400, 400),
    ("key-basic", ("POST", INTEGRATIONS, b"{}", {"authorization": "Basic eDp5"}), 401, 401),
    ("key-basic", ("POST", INTEGRATIONS, b"{}", {"authorization": "Basic ?"}), 401, 401),
    ("key-totp", ("POST", INTEGRATIONS, json.dumps(STEP_ONE).encode(), {"authorization": BASIC}), 401, 200),
    ("integration", ("POST", INTEGRATIONS, b"{}", {}), 422, 422),
    ("integration", ("POST", INTEGRATIONS, b'{"integration_name": "", "parameters": {}}', {}), 422, 422),
    ("integration", ("POST", INTEGRATIONS, b"[]", {}), 422, 422),
    ("token", ("POST", ACCESS_TOKENS, b"{}", {}), 422, 422),
    ("token", ("POST", ACCESS_TOKENS, b'{"name": "x", "owner_id": "integrations/x"}', {}), 422, 422),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "asked", "strict", "lenient"), CASES)
def test_what_breaks_a_rule_is_refused_and_changes_nothing(
    rule: str, asked: tuple[Any, ...], strict: int, lenient: int
) -> None:
    method, target, body, headers = asked
    for status, is_lenient in ((strict, False), (lenient, True)):
        there = Asked(lenient=is_lenient)
        given = {name: value and value.replace("KEY", there.key) for name, value in headers.items()}
        response = there.send(method, target, body, **given)
        assert response.status == status
        assert status == 200 or sum(len(there.records(entity)) for entity in ENTITIES) == 0
        if status == 413:
            assert dict(response.headers)["Content-Type"].startswith("text/html")
        elif status != 200:
            assert set(json.loads(response.body)["error"]) == {"code", "message"}
    assert (strict == lenient) or not is_enforced(rule, lenient=True)


def test_every_rule_has_a_name_and_a_mark_and_those_that_refuse_a_case() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert {rule.mark for rule in RULES} == set(Mark)
    assert {rule.name for rule in RULES if rule.strict} - {name for name, *_ in CASES} == {
        "scope",
        "rate",
        "known-scope",
    }
    assert len(rule_lines()) == len(RULES) + 6
    with pytest.raises(KeyError):
        is_enforced("nonsense", lenient=False)


# -- keys


def test_a_key_is_made_in_two_steps_with_the_bodies_of_the_page() -> None:
    there = Asked()
    basic: dict[str, Any] = {"authorization": BASIC, "custobar_totp_code": CODE}
    first = there.send("POST", INTEGRATIONS, json.dumps(STEP_ONE).encode(), at=1.5, **basic)
    integration = json.loads(first.body)["integration"]
    assert integration | {"id": ""} == {
        "id": "", "name": "My Application", "enabled": True, "created_at": "1970-01-01T00:00:01.500000Z"
    }  # fmt: skip
    scopes = [
        {"method": "GET", "path": "/api/data/customers/"},
        {"method": "POST", "path": "/api/customers/upload/"},
    ]
    step_two = {
        "name": "Data imports", "owner_id": f"integrations/{integration['id']}", "scopes": scopes,
        "transfer_privileges": True,
    }  # fmt: skip
    second = there.send("POST", ACCESS_TOKENS, json.dumps(step_two).encode(), **basic)
    made = json.loads(second.body)["access_token"]
    assert (made["name"], made["scopes"]) == ("Data imports", scopes)
    assert made["hint"] == f"{made['token'][:3]}***{made['token'][-3:]}"
    there.key = made["token"]
    assert there.upload("customers", ONE).status == 200
    assert there.data("customers/")["count"] == 1
    assert there.upload("products", {"external_id": "P"}).status == 403
    assert there.send("GET", "/api/data/products/").status == 403
    for name, value in (("scopes", []), ("scopes", [1]), ("scopes", [{"method": "GET", "path": "/x/"}]), ("name", ""),
                        ("owner_id", "integrations/x"), ("transfer_privileges", 1)):  # fmt: skip
        assert there.send("POST", ACCESS_TOKENS, json.dumps({**step_two, name: value}).encode(), **basic).status == 422
    assert there.send("POST", ACCESS_TOKENS, b"{", **basic).status == 400
    assert there.send("POST", ACCESS_TOKENS, b"{}", content_type="text/plain", **basic).status == 400


def test_a_key_with_the_scope_makes_keys_too() -> None:
    there = Asked()
    assert there.send("POST", INTEGRATIONS, json.dumps(STEP_ONE).encode()).status == 200


@pytest.mark.parametrize(("method", "path"), SCOPES)
def test_a_scope_opens_its_method_and_path_alone(method: str, path: str) -> None:
    there = Asked()
    there.key = there.account.keys.make(((method, path),))
    for each in SCOPES:
        status = there.send(*each, b"").status
        assert (status == 403) == (each != (method, path))
    lenient = Asked(lenient=True)
    lenient.key = lenient.account.keys.make(())
    assert lenient.upload("customers", ONE).status == 200


def test_keys_are_those_of_the_seed_and_end_when_they_are_revoked() -> None:
    assert Asked().key == Asked().key
    assert Account(seed=1).keys.make() != Account(seed=2).keys.make()
    there = Asked()
    there.account.keys.revoke(there.key)
    assert there.upload("customers", ONE).status == 401


# -- the limit of requests


def test_the_rate_of_each_key_is_limited() -> None:
    there = Asked()
    for n in range(180):
        assert there.send("GET", "/api/data/customers/", at=n / 10).status == 200
    refused = there.send("GET", "/api/data/customers/", at=18.0)
    assert code(refused) == (429, "rate_limited")
    assert dict(refused.headers)["Retry-After"] == "42"
    assert there.send("GET", "/api/data/customers/", at=59.9).status == 429
    assert there.send("GET", "/api/data/customers/", at=60.0).status == 200  # the first has left the minute
    other = there.account.keys.make()
    assert there.send("GET", "/api/data/customers/", at=18.0, authorization=f"Bearer {other}").status == 200
    free = Asked(lenient=True)
    assert {free.send("GET", "/api/data/customers/").status for _ in range(200)} == {200}


# -- what is stored


def test_the_answer_to_an_upload_has_a_run_id() -> None:
    there = Asked()
    first, second = (json.loads(there.upload("customers", ONE).body) for _ in range(2))
    assert list(first) == ["run_id"]
    assert first["run_id"].startswith("run_")
    assert first != second


def test_an_update_keeps_what_is_missing_and_removes_what_is_empty() -> None:
    there = Asked()
    there.upload("customers", {**ONE, "city": "Oulu", "email": "a@b.fi", "tags": ["x"], "language": "fi"})
    there.upload("customers", {**ONE, "city": "", "tags": [], "language": None, "company": "C"})
    assert there.records("customers") == [{**ONE, "email": "a@b.fi", "language": "fi", "company": "C"}]


def test_customers_are_found_by_the_first_identifier_that_they_have() -> None:
    there = Asked()
    there.upload("customers", {"external_id": "1", "email": "a@b.fi"}, {"external_id": "2", "email": "a@b.fi"})
    there.upload("customers", {"external_id": "3", "email": "a@b.fi"}, {"phone_number": "+358401234567"})
    there.upload("customers", {"email": "a@b.fi", "city": "Oulu"}, {"phone_number": "+358401234567", "email": "c@d.fi"})
    cities = [each.get("city") for each in there.records("customers")]
    assert cities == ["Oulu", "Oulu", "Oulu", None]
    there.upload("customers", {"external_id": "2", "email": "new@b.fi"}, {"email": "a@b.fi", "city": "Espoo"})
    there.upload("customers", {"email": "c@d.fi", "external_id": ""})
    assert [each.get("city") for each in there.records("customers")] == ["Espoo", "Oulu", "Espoo", None]
    there.upload("customers", {"external_id": "1", "email": ""}, {"external_id": "3", "email": ""})
    there.upload("customers", {"email": "a@b.fi"})
    assert len(there.records("customers")) == 5


@pytest.mark.parametrize(("entity", "more"), [("products", {}), ("shops", {}), ("sales", SALE)])
def test_the_same_external_id_updates(entity: str, more: dict[str, Any]) -> None:
    there = Asked()
    for title in ("a", "b"):
        assert there.upload(entity, {"external_id": "1", "title": title, **more}).status == 200
    assert [each["title"] for each in there.records(entity)] == ["b"]


def test_a_product_is_found_by_its_sku_or_ean() -> None:
    there = Asked()
    there.upload("products", {"external_id": "P", "sku": "S", "ean": "E"}, {"sku": "S", "price": 1})
    there.upload("products", {"ean": "E", "title": "t"})
    assert there.records("products") == [{"external_id": "P", "sku": "S", "ean": "E", "price": 1, "title": "t"}]


def test_events_and_rows_without_an_identifier_are_stored_as_often_as_they_come() -> None:
    there = Asked()
    for _ in range(2):
        there.upload("events", {"type": "X", "date": "2026-01-02", "customer_id": "C-1"})
        there.upload("sales", {**SALE, "total": 1})
    assert len(there.records("events")) == len(there.records("sales")) == 2


def test_items_are_added_to_a_list() -> None:
    there = Asked()
    there.upload("customers", {**ONE, "mailing_lists.add": ["a"]}, {**ONE, "mailing_lists.add": ["b", "a"]})
    assert there.records("customers") == [{**ONE, "mailing_lists": ["a", "b"]}]


def test_a_deleted_customer_does_not_come_back() -> None:
    there = Asked()
    there.upload("customers", {**ONE, "is_deleted": True}, {"external_id": "C-2"})
    there.upload("customers", {**ONE, "is_deleted": False, "city": "Oulu"}, {**ONE, "is_deleted": ""})
    assert there.records("customers") == [{"external_id": "C-2"}]
    assert there.data("customers/") == {"customers": [{"external_id": "C-2"}], "count": 1}


def test_a_sale_may_have_its_date_on_another_row_or_from_before() -> None:
    there = Asked()
    rows = [{"sale_external_id": "S-1", "external_id": "1"}, {**SALE, "external_id": "2"}]
    assert there.upload("sales", *rows).status == 200
    assert there.upload("sales", {"sale_external_id": "S-1", "external_id": "3"}).status == 200


def test_csv_is_the_same_as_json() -> None:
    there, other = Asked(), Asked()
    record = {
        "external_id": "P01", "title": 'Käthy "x"', "price": 39, "in_stock": True, "tags": ["a", "b"],
        "stock": [{"shop_id": "1", "quantity": 39}], "horse": {"name": "K"},
    }  # fmt: skip
    assert other.upload("products", record).status == 200
    header = "external_id,title,price,in_stock,tags,stock.0.shop_id,stock.0.quantity,horse.name,horse.color"
    row = 'P01,"Käthy ""x""",39,true,"a,b",1,39,K,'
    for delimiter in ",;\t":
        text = header.replace(",", delimiter) + "\r\n"
        text += row.replace(",", delimiter).replace(f"a{delimiter}b", "a,b") + "\r\n\r\n"
        for charset in ("utf-8", "utf-16", "iso-8859-1"):
            assert there.csv("products", text, charset).status == 200
            assert there.records("products") == other.records("products")
    assert there.csv("products", "external_id,title,tags\nP01,,\n").status == 200
    assert there.records("products") == [{key: value for key, value in record.items() if key not in ("title", "tags")}]
    assert there.csv("products", "\ufeffexternal_id,price,tags\nP02,1.50\n").status == 422
    assert there.csv("products", "\ufeffexternal_id,price,tags\nP02,2.0\n").status == 200
    assert there.records("products")[-1] == {"external_id": "P02", "price": 2}
    sale = "sale_external_id,sale_date,sale_email,quantity\nS,2026-01-02,a@b.fi,1.5\n"
    assert there.csv("sales", sale).status == 200
    assert there.records("sales")[0]["quantity"] == 1.5


# -- data


def test_pages_lead_from_one_to_the_next_and_end() -> None:
    there = Asked()
    for start in range(0, 250, 50):
        there.upload("customers", *({"external_id": str(n), "city": "ab"[n % 2]} for n in range(start, start + 50)))
    seen, target = [], "customers/?limit=30&city=a&fields=city"
    while target:
        page = there.data(target)
        assert page["count"] == 125
        assert all(set(each) == {"external_id", "city"} for each in page["customers"])
        seen += [each["external_id"] for each in page["customers"]]
        target = page.get("next_url", "").removeprefix("http://here/api/data/")
    assert seen == [str(n) for n in range(0, 250, 2)]
    assert len(there.data("customers/")["customers"]) == 100
    assert "next_url" not in there.data("customers/?limit=250")
    assert "next_url" in there.data("customers/?limit=249")


def test_any_field_filters() -> None:
    there = Asked()
    there.upload("customers", {"external_id": "1", "can_email": True, "tags": ["a", "b"]}, {"external_id": "2"})
    for filters, found in (("can_email=true", 1), ("tags=b", 1), ("tags=c", 0), ("external_id=2", 1), ("city=", 2),
                           ("external_id=1&tags=a", 1), ("external_id=2&tags=a", 0)):  # fmt: skip
        assert there.data(f"customers/?{filters}")["count"] == found
    assert there.data("customers/?fields=tags&limit=1")["customers"] == [{"external_id": "1", "tags": ["a", "b"]}]


def test_sales_are_read_as_transactions() -> None:
    there = Asked()
    there.upload("sales", {**SALE, "external_id": "1", "total": 5}, {**SALE, "external_id": "2"})
    there.upload("sales", {**SALE, "sale_external_id": "S-2", "external_id": "2"})  # a row goes to another sale
    (first, second) = there.data("sales/")["sales"]
    assert first == {
        "external_id": "S-1", "date": "2026-01-02", "customer_id": "C-1", "products": [{"external_id": "1", "total": 5}]
    }  # fmt: skip
    assert second["products"] == [{"external_id": "2"}]
    assert there.data("sales/?external_id=S-2")["count"] == 1
    there.upload("sales", {**SALE, "sale_external_id": "S-1", "external_id": "2"})
    assert there.data("sales/")["count"] == 1


# -- whatever comes

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["external_id", "email", "sku", "price", "stock", "tags", "sale_external_id", "sale_date", "sale_email", "type"]
    + ["x.0", "date", "customer_id", "is_deleted", "mailing_lists.add", ""]
)
BODIES = st.binary(max_size=40) | st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=4).map(
    lambda records: json.dumps(records).encode()
)
TARGETS = st.sampled_from(
    [*(path for _, path in SCOPES), "/", "/api/data/customers/?limit=2&cursor=1&a=\ud800", "/api/data/sales/?fields=,"]
) | st.text(max_size=20)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "content-length", "authorization", "content-encoding", "connection"]),
    st.sampled_from(["", JSON, "text/csv; charset=utf-16", "Bearer KEY", BASIC, "1", "²", ";"]) | st.text(max_size=8),
)


METHODS = st.sampled_from(["GET", "POST", "PUT", ""]) | st.text(max_size=5)


@given(st.lists(st.tuples(METHODS, TARGETS, HEADERS, BODIES), max_size=8), st.booleans())
def test_any_request_has_a_response_and_only_one_that_is_taken_changes_anything(
    asked: list[tuple[str, str, dict[str, str], bytes]], lenient: bool
) -> None:
    there = Asked(lenient=lenient)
    for method, target, headers, body in asked:
        before = copy.deepcopy([there.records(entity) for entity in ENTITIES])
        given: dict[str, Any] = {
            name.replace("-", "_"): value for name, value in headers.items() if value != "Bearer KEY"
        }
        response = there.send(method, target, body, **given)
        assert 200 <= response.status < 500
        assert response.status == 413 or json.loads(response.body)
        is_upload = response.status == 200 and method == "POST" and target.endswith("/upload/")
        assert is_upload or response.taken == 0
        assert response.taken or before == [there.records(entity) for entity in ENTITIES]
        for entity in ("customers", "products", "sales", "events"):
            found = json.loads(there.send("GET", f"/api/data/{entity}/?limit=10000").body)
            assert lenient or len(found[entity]) == found["count"]
