"""Tokens are accepted and refused as the reference's validate_engine_token does."""

import hashlib
import json
import logging
import time
import warnings

import jwt
import pytest
from arcade_serve.core.auth import validate_engine_token

import deviations
from conftest import COUNTS
from deviations import Difference
from support import ENGINE_TOKEN, SECRET, b64, listing, signed

logging.getLogger("arcade_serve").setLevel(logging.CRITICAL)
HEADER = '{"alg":"HS256","typ":"JWT"}'


def minted(claims: dict, secret: str = SECRET, algorithm: str = "HS256", **kwargs) -> str:
    """A token as the reference's own tests mint them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return jwt.encode(claims, secret, algorithm=algorithm, **kwargs)


def claims(extra: str) -> str:
    """A good payload with members more, as JSON text."""
    return signed(f'{{"aud":"worker","ver":"1",{extra}}}')


def header(text: str) -> str:
    return signed('{"aud":"worker","ver":"1"}', text)


GOOD = signed('{"aud":"worker","ver":"1"}')
HEAD, BODY, SIGNATURE = GOOD.split(".")


def times() -> dict[str, str]:
    """Time claims in every form that JSON has, near and far from the moment of the call."""
    table, now = {}, int(time.time())
    for name in ("exp", "nbf", "iat"):
        for seconds in (-86400, -65, -55, -30, -2, 30, 55, 65, 86400):
            at = now + seconds
            table[f"{name} {seconds:+}"] = claims(f'"{name}":{at}')
            if abs(seconds) in (86400, 55):
                table[f"{name} {seconds:+} float"] = claims(f'"{name}":{at}.75')
                table[f"{name} {seconds:+} text"] = claims(f'"{name}":"{at}"')
        late, early = str(now + 86400), str(now - 86400)
        for what, value in {
            "zero": "0", "negative": "-1", "huge": "1e300", "huge integer": "1" + "0" * 40, "out of range": "1e400",
            "negative out of range": "-1e400", "exponent": "1.0e10", "tiny": "1e-5",
            "true": "true", "false": "false", "null": "null", "array": "[]", "array of one": f"[{late}]", "object": "{}",
            "empty text": '""', "word": '"tomorrow"', "text of a float": f'"{late}.5"', "text with exponent": '"1e10"',
            "text in hex": '"0xffffffffff"', "text with sign": f'"+{late}"', "negative text": '"-5"', "text with zeros": f'"000{late}"',
            "text in white space": f'" {late}\\n"', "past text in white space": f'"\\t{early} "',
            "text in no-break space": f'"\\u00a0{late}\\u2003"', "text in unit separators": f'"\\u001f{late}\\u001c"',
            "text with underscores": '"99_999_999_999"', "past text with underscores": '"1_000"',
            "text with double underscores": '"99__999"', "text with underscore at end": '"99999999999_"',
            "fullwidth digits": '"９９９９９９９９９９９"', "past fullwidth digits": '"１"', "Arabic digits": '"٩٩٩٩٩٩٩٩٩٩٩"',
            "superscript": '"⁹"', "text beyond 64 bits": '"99999999999999999999999"', "negative text beyond 64 bits": '"-99999999999999999999999"',
            "text of 5000 digits": '"' + "9" * 5000 + '"', "NaN": "NaN", "Infinity": "Infinity", "text NaN": '"nan"', "text inf": '"inf"',
            "text with nul": f'"{late}\\u0000"', "minus zero": "-0.0",
        }.items():  # fmt: skip
            table[f"{name} {what}"] = claims(f'"{name}":{value}')
    return table


TABLE: dict[str, str] = {
    # As the reference's tests do.
    "minted good": minted({"aud": "worker", "ver": "1"}),
    "minted with times": minted({"aud": "worker", "ver": "1", "iat": int(time.time()) - 5, "exp": int(time.time()) + 3600}),
    "minted wrong secret": minted({"aud": "worker", "ver": "1"}, "another-secret-of-at-least-32-bytes-x"),
    "minted wrong audience": minted({"aud": "not-worker", "ver": "1"}),
    "minted no audience": minted({"ver": "1"}),
    "minted wrong version": minted({"aud": "worker", "ver": "999"}),
    "minted no version": minted({"aud": "worker"}),
    "minted expired": minted({"aud": "worker", "ver": "1", "exp": 1}),
    "minted HS384": minted({"aud": "worker", "ver": "1"}, algorithm="HS384"),
    "minted HS512": minted({"aud": "worker", "ver": "1"}, algorithm="HS512"),
    "minted none": minted({"aud": "worker", "ver": "1"}, "", algorithm="none"),
    "minted kid": minted({"aud": "worker", "ver": "1"}, headers={"kid": "k1"}),
    # Audience.
    **{f"aud {value}": signed(f'{{"aud":{value},"ver":"1"}}') for value in (
        '"worker"', '["worker"]', '["x","worker"]', '["worker","worker"]', "[]", '[""]', '""', "null", "false", "true", "0", "1", "{}",
        '{"worker":1}', '["worker",1]', '["worker",null]', '[["worker"]]', '"Worker"', '"worker "', '" worker"', '"worker,x"',
        '"ｗorker"', '"worker\\u0000"', '["x","y"]', '"wor\\u006ber"')},
    # Version.
    **{f"ver {value}": signed(f'{{"aud":"worker","ver":{value}}}') for value in (
        '"1"', "1", "1.0", '"1.0"', '"01"', '" 1"', '"1 "', '""', "null", "true", '["1"]', "{}", '"2"', '"１"', '"\\u0031"')},
    # Other claims.
    **{f"claim {extra}": claims(extra) for extra in (
        '"sub":"u"', '"sub":""', '"sub":1', '"sub":null', '"sub":[]', '"sub":{}', '"sub":true', '"jti":"j"', '"jti":5', '"jti":null', '"jti":[]',
        '"iss":"x"', '"iss":5', '"iss":null', '"iss":[]', '"x":null', '"x":{"y":[1,2]}', '"x":1e400', '"x":NaN', '"x":"\\ud83d"',
        '"aud":"x"', '"ver":"2"', '"aud":"worker"', '"AUD":"x"', '"Exp":1', '"EXP":1', '"Ver":"2"', '"x":01', '"x":\'y\'', '"x":"a\nb"', '"x":1,')},
    "claim first wrong then right": signed('{"aud":"x","ver":"2","aud":"worker","ver":"1"}'),
    "claims in another case": signed('{"Aud":"worker","VER":"1"}'),
    # Payload.
    "payload empty": signed(""), "payload list": signed("[]"), "payload text": signed('"x"'), "payload null": signed("null"),
    "payload number": signed("5"), "payload not JSON": signed("{"), "payload trailing garbage": signed('{"aud":"worker","ver":"1"}x'),
    "payload two objects": signed('{"aud":"worker","ver":"1"}{}'), "payload white space": signed(' \n{ "aud" : "worker" , "ver":"1"}\t'),
    "payload byte order mark": signed(b"\xef\xbb\xbf" + b'{"aud":"worker","ver":"1"}'),
    "payload UTF-16": signed('{"aud":"worker","ver":"1"}'.encode("utf-16")),
    "payload UTF-16 without mark": signed('{"aud":"worker","ver":"1"}'.encode("utf-16-le")),
    "payload UTF-32": signed('{"aud":"worker","ver":"1"}'.encode("utf-32")),
    "payload invalid UTF-8": signed(b'{"aud":"worker","ver":"1","x":"\xff"}'),
    "payload overlong UTF-8": signed(b'{"aud":"worker","ver":"1","x":"\xc0\x80"}'),
    "payload UTF-8 of a surrogate": signed(b'{"aud":"worker","ver":"1","x":"\xed\xa0\x80"}'),
    "payload nested 200": claims('"x":' + "[" * 200 + "]" * 200),
    "payload nested 3000": claims('"x":' + "[" * 3000 + "]" * 3000),
    "payload of 20 KB": claims('"x":"' + "y" * 20000 + '"'),
    # Header.
    **{f"header {text}": header(text) for text in (
        '{"alg":"HS256"}', '{"alg":"HS256","typ":"JWT","cty":"JWT"}', '{"alg":"HS256","typ":5}', '{"alg":"HS256","typ":null}', '{"alg":"HS256","typ":"JWS"}',
        '{"typ":"JWT"}', "{}", '{"alg":null}', '{"alg":""}', '{"alg":"none"}', '{"alg":"None"}', '{"alg":"nOnE"}', '{"alg":"hs256"}', '{"alg":"HS256 "}',
        '{"alg":"HS384"}', '{"alg":"HS512"}', '{"alg":"RS256"}', '{"alg":"ES256"}', '{"alg":"PS256"}', '{"alg":"EdDSA"}', '{"alg":"unknown"}',
        '{"alg":["HS256"]}', '{"alg":{}}', '{"alg":5}', '{"alg":true}', '{"Alg":"HS256"}', '{"alg":"none","alg":"HS256"}', '{"alg":"HS256","alg":"none"}',
        '{"alg":"HS256","kid":"k"}', '{"alg":"HS256","kid":""}', '{"alg":"HS256","kid":5}', '{"alg":"HS256","kid":null}', '{"alg":"HS256","kid":["k"]}',
        '{"alg":"HS256","crit":["exp"]}', '{"alg":"HS256","crit":["exp"],"exp":1}', '{"alg":"HS256","crit":["b64"]}', '{"alg":"HS256","crit":["b64"],"b64":true}',
        '{"alg":"HS256","crit":["b64","b64"],"b64":true}', '{"alg":"HS256","crit":["b64"],"b64":null}', '{"alg":"HS256","crit":["b64"],"b64":0}',
        '{"alg":"HS256","crit":["b64"],"b64":false}', '{"alg":"HS256","crit":["b64","exp"],"b64":true}', '{"alg":"HS256","crit":[]}', '{"alg":"HS256","crit":null}',
        '{"alg":"HS256","crit":"b64","b64":true}', '{"alg":"HS256","crit":[1]}', '{"alg":"HS256","crit":{"b64":1},"b64":true}', '{"alg":"HS256","Crit":["exp"]}',
        '{"alg":"HS256","b64":true}', '{"alg":"HS256","b64":false}', '{"alg":"HS256","b64":"false"}', '{"alg":"HS256","b64":null}', '{"alg":"HS256","b64":0}',
        '{"alg":"HS256","zip":"DEF"}', '{"alg":"HS256","jwk":{}}', '{"alg":"HS256","jku":"http://x"}', '{"alg":"HS256","x5c":[]}', '{"alg":"HS256","x":NaN}',
        "[]", '"HS256"', "null", "", "{", '{"alg":"HS256"}x', ' {"alg":"HS256"}\n', "{'alg':'HS256'}")},
    "header byte order mark": header(b"\xef\xbb\xbf" + HEADER.encode()),
    "header UTF-16": header(HEADER.encode("utf-16")),
    "header invalid UTF-8": header(b'{"alg":"HS256","x":"\xff"}'),
    "header nested 3000": header('{"alg":"HS256","x":' + "[" * 3000 + "]" * 3000 + "}"),
    # Signature.
    "HS384 signature": signed('{"aud":"worker","ver":"1"}', digest=hashlib.sha384),
    "HS384 said and signed": signed('{"aud":"worker","ver":"1"}', '{"alg":"HS384"}', digest=hashlib.sha384),
    "HS512 said and signed": signed('{"aud":"worker","ver":"1"}', '{"alg":"HS512"}', digest=hashlib.sha512),
    "secret and a newline": signed('{"aud":"worker","ver":"1"}', secret=SECRET + "\n"),
    "secret cut": signed('{"aud":"worker","ver":"1"}', secret=SECRET[:-1]),
    "secret in base64": signed('{"aud":"worker","ver":"1"}', secret=b64(SECRET.encode())),
    "no secret": signed('{"aud":"worker","ver":"1"}', secret=""),
    "signature empty": f"{HEAD}.{BODY}.", "signature cut": GOOD[:-2], "signature longer": GOOD + "AA",
    "signature of another": f"{HEAD}.{BODY}.{signed('{}').split('.')[2]}",
    "signature with unused bits": GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
    "payload swapped": f"{HEAD}.{b64(b'{}')}.{SIGNATURE}",
    # Segments and their alphabet.
    "not a token": "not-a-jwt", "one segment": HEAD, "two segments": f"{HEAD}.{BODY}", "four segments": GOOD + ".x", "four empty": "...", "three empty": "..",
    "dot first": "." + GOOD, "dot last": GOOD + ".", "only the signature": ".." + SIGNATURE, "five segments as in JWE": f"{GOOD}.{BODY}.{SIGNATURE}",
    "padded signature": GOOD + "=", "padded twice": GOOD + "==", "padded thrice": GOOD + "===", "padded header": f"{HEAD}=.{BODY}.{SIGNATURE}",
    "junk in the signature": f"{HEAD}.{BODY}.{SIGNATURE[:5]}!{SIGNATURE[5:]}", "junk in the payload": f"{HEAD}.{BODY[:5]}*{BODY[5:]}.{SIGNATURE}",
    "junk in the header": f"{HEAD[:5]}~{HEAD[5:]}.{BODY}.{SIGNATURE}", "standard alphabet": f"{HEAD}.{BODY}.{SIGNATURE[:10]}+/{SIGNATURE[12:]}",
    "space within": f"{HEAD}.{BODY} .{SIGNATURE}", "tab within": f"{HEAD}.{BODY}\t.{SIGNATURE}", "percent sign": GOOD + "%3D",
}  # fmt: skip


def padded(payload: str, secret: str = SECRET) -> str:
    """A token that its issuer padded and then signed as it is, as some do."""
    import base64
    import hmac

    parts = [base64.urlsafe_b64encode(part.encode()).decode() for part in (HEADER, payload)]
    mac = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64.urlsafe_b64encode(mac).decode()])


TABLE["padded and signed so"] = padded('{"aud":"worker","ver":"1"}')


def judged(token: str) -> str:
    """The reference's verdict: accepted, the reason for a refusal, or what it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = validate_engine_token(SECRET, token)
    except Exception as e:
        return f"raises {type(e).__name__}"
    return "accepted" if result.valid else f"refused: {result.error}"


def answered(client, token: str) -> str:
    answer = client.request("GET", "/worker/tools", headers={"Authorization": "Bearer " + token})
    if answer.status == 200:
        return "accepted"
    assert answer.status == 401, (token, answer)
    assert answer.json["detail"].startswith("Invalid token. Error: "), (token, answer)
    return "refused"


@pytest.fixture(scope="module")
def verdicts(worker):
    table = TABLE | times()
    COUNTS["tokens judged by both"] = len(table)
    return {name: (token, judged(token), answered(worker, token)) for name, token in table.items()}


@pytest.fixture(scope="module")
def differences(verdicts):
    return [
        Difference(name, decoded(token), theirs, ours)
        for name, (token, theirs, ours) in verdicts.items()
        if (theirs == "accepted") != (ours == "accepted")
    ]


def decoded(token: str):
    """Header and payload, for the list of deviations to look at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
        except Exception:
            return token


def test_the_table_is_big_enough_and_has_both_verdicts(verdicts):
    accepted = [name for name, (_, theirs, _) in verdicts.items() if theirs == "accepted"]
    assert len(verdicts) >= 60 and 20 <= len(accepted) <= len(verdicts) - 40


def test_verdicts_are_equal(differences):
    unlisted = deviations.unlisted(deviations.TOKENS, differences)
    assert not unlisted, listing(unlisted)


def test_listed_deviations_are_real(differences):
    stale = deviations.stale(deviations.TOKENS, differences)
    assert not stale, "take off the list, they no longer occur: " + "; ".join(stale)


# The Authorization header itself, judged by the reference's whole worker.
HEADERS = {
    "missing": None, "empty": "", "token alone": ENGINE_TOKEN, "Bearer alone": "Bearer", "Bearer and a blank": "Bearer ",
    "good": f"Bearer {ENGINE_TOKEN}", "lower case": f"bearer {ENGINE_TOKEN}", "upper case": f"BEARER {ENGINE_TOKEN}",
    "Basic": "Basic dTpw", "Token": f"Token {ENGINE_TOKEN}", "two blanks": f"Bearer  {ENGINE_TOKEN}", "tab": f"Bearer\t{ENGINE_TOKEN}",
    "blank before": f" Bearer {ENGINE_TOKEN}", "blank after": f"Bearer {ENGINE_TOKEN} ", "more after": f"Bearer {ENGINE_TOKEN} x",
    "twice Bearer": f"Bearer Bearer {ENGINE_TOKEN}", "quoted": f'Bearer "{ENGINE_TOKEN}"', "comma": f"Bearer {ENGINE_TOKEN},", "colon": f"Bearer: {ENGINE_TOKEN}",
}  # fmt: skip


@pytest.fixture(scope="module")
def header_differences(worker, reference):
    found = []
    for name, value in HEADERS.items():
        headers = {} if value is None else {"Authorization": value}
        theirs, ours = (c.request("GET", "/worker/tools", headers=headers).status for c in (reference, worker))
        COUNTS["Authorization headers judged by both"] += 1
        if theirs != ours:
            found.append(Difference(name, value, theirs, ours))
    return found


def test_headers_are_judged_alike(header_differences):
    unlisted = deviations.unlisted(deviations.HEADERS, header_differences)
    assert not unlisted, listing(unlisted)


def test_listed_header_deviations_are_real(header_differences):
    stale = deviations.stale(deviations.HEADERS, header_differences)
    assert not stale, "take off the list, they no longer occur: " + "; ".join(stale)


def test_a_bad_token_is_refused_before_the_body_is_read(worker, reference):
    for client in (worker, reference):
        answer = client.request("POST", "/worker/tools/invoke", "not JSON", {"Authorization": "Bearer x.y.z"})
        assert answer.status == 401
        assert json.loads(answer.body)["detail"].startswith("Invalid token. Error: ")
