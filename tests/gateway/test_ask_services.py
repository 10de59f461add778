"""Questions to outside services, asked while a person waits."""

import gzip
import socket
import ssl
import threading
import time
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from apps.directory.ports import identity
from apps.gateway.client import Client
from apps.gateway.twins import EICAR, Twins
from apps.kit import outside
from apps.kit.errors import Later, Refused, Unavailable
from apps.kit.ports import port
from tests.faults.worker import until

NUMBER = "330282198506150021"


def test_the_register_knows_whose_number_it_is(twins):
    twins.know(NUMBER, "李秀兰")
    assert identity().matches("李秀兰", NUMBER) is True
    assert identity().matches("王小明", NUMBER) is False


@pytest.mark.parametrize(("age", "believed"), [(298, True), (-298, True), (302, False), (-302, False)])
def test_a_signature_holds_five_minutes_and_for_what_was_signed(settings, time_machine, age, believed):
    time_machine.move_to(datetime.now(UTC), tick=False)
    settings.SERVICES = {"courier": {"url": "", "secret": "between us"}}
    ours, at = Client("courier"), str(int(time.time()) - age)
    signature = ours._signed(at, "key", b"{}")
    assert ours.trusts(at, "key", b"{}", signature) is believed
    assert not any(ours.trusts(*given, signature) for given in [(at, "other", b"{}"), (at, "key", b"[]"), (at + "0", "key", b"{}")])
    for no_moment in ("", "yesterday", "-1", "²", "9" * 5000):
        assert not ours.trusts(no_moment, "key", b"{}", ours._signed(no_moment, "key", b"{}"))


def test_what_a_service_answers_is_taken_for_what_it_means(settings):
    """What it has judged is not asked again; what is wrong about us is a person's business; everything else comes by itself."""
    settings.SERVICES = {"sms": {"url": "http://sms.invalid", "secret": ""}}
    told = {}
    for status in (200, 201, 204, 302, 400, 401, 403, 404, 405, 408, 409, 410, 413, 422, 425, 429, 451, 500, 502, 503):
        try:
            told[status] = Client("sms")._told(status, b'{"message": ""}')
        except (Later, Refused) as trouble:
            told[status] = trouble.code if isinstance(trouble, Refused) else "later"
            assert isinstance(trouble, Later) or trouble.message == "对方系统拒绝了这次请求。"
    with pytest.raises(Refused, match="对方系统拒绝了这次请求。"):
        Client("sms")._told(422, b'["no"]')
    judged = dict.fromkeys((400, 409, 410, 422), "sms.refused") | dict.fromkeys((401, 403, 404, 405, 413, 451), "sms.denied")
    assert told == {200: {"message": ""}} | judged | dict.fromkeys((201, 204, 302, 408, 425, 429, 500, 502, 503), "later")


@pytest.mark.parametrize("how", ["down", "failing", "nonsense", "lost"])
def test_silence_is_neither_yes_nor_no(twins, how):
    twins.behave("identity", how)
    with pytest.raises(Unavailable) as told:
        identity().matches("李秀兰", NUMBER)
    assert told.value.status == 503 and "请稍后再试" in told.value.message


@pytest.mark.parametrize("said", [{}, {"match": "true"}, {"match": None}, {"code": 500, "message": "限流"}])
def test_an_answer_without_a_verdict_is_neither(twins, monkeypatch, said):
    monkeypatch.setattr(twins, "answer", lambda *_: (200, said))
    with pytest.raises(Unavailable):
        identity().matches("李秀兰", NUMBER)


def test_a_false_signature_is_refused(twins, settings):
    settings.SERVICES["identity"]["secret"] = "of somebody else"
    with pytest.raises(Unavailable):
        identity().matches("李秀兰", NUMBER)
    assert "identity" not in twins.calls


def test_the_scanner_finds_the_test_file_and_nothing_else(twins):
    assert port("scanner").infected(b"%PDF-1.7 " + EICAR) == "EICAR-Test-File"
    assert port("scanner").infected(b"%PDF-1.7 hello") == ""


@pytest.mark.parametrize(("how", "told"), [("down", "scanner: "), ("failing", "answered 500$"), ("nonsense", "answered 200, no JSON object$")])
def test_a_silent_scanner_gives_no_verdict(twins, how, told):
    twins.behave("scanner", how)
    with pytest.raises(Later, match=told):
        port("scanner").infected(b"%PDF-1.7")


def test_a_twin_has_named_behaviours_only():
    with pytest.raises(ValueError):
        Twins().behave("sms", "moody")


@pytest.fixture
def captured(settings):
    """captured(piece, …): the next request to the SMS service gets these bytes, one after the other, and is returned."""
    listening, heard = socket.create_server(("127.0.0.1", 0)), []
    settings.SERVICES = {"sms": {"url": f"http://127.0.0.1:{listening.getsockname()[1]}", "secret": "s", "seconds": PATIENT}}

    def serve(pieces):
        line, _ = listening.accept()
        with line:
            heard.append(line.recv(65536).decode("latin-1"))
            try:
                for piece in pieces:
                    line.sendall(piece)
                    time.sleep(0.1 if len(pieces) > 5 else 0)
                if pieces[-1:] != [b""]:  # else it never ends what it began
                    line.shutdown(socket.SHUT_WR)
                while line.recv(65536):  # closed with something unread, a socket takes back what it sent
                    pass
            except OSError:
                pass  # whoever asked has gone

    def start(*pieces):
        threading.Thread(target=serve, args=(list(pieces),), daemon=True).start()
        return heard

    yield start
    listening.close()


PATIENT, SLOWLY, A_MOMENT = 20, 300, 15  # seconds for who answers at once; bytes, ten a second; seconds, a quarter of one on an idle machine
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LONG = HEAD + b"Content-Length: 100\r\n\r\n"
HOSTILE = {
    "falls silent in its answer": [LONG, b"{", b""],
    "breaks off": [LONG + b"{"],
    "sends a byte now and then": [LONG, *[b" "] * SLOWLY],
    "begins a byte at a time": [bytes([one]) for one in HEAD + b"X" * SLOWLY],
    "sends headers a byte at a time": [HEAD, *[b"X"] * SLOWLY],
    "names the length of a piece a byte at a time": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"0"] * SLOWLY],
    "grows when it is unpacked": [HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b" " * 50_000_000)],
    "never ends": [HEAD + b"\r\n" + b" " * 400_000],
    "is packed and broken": [HEAD + b"Content-Encoding: gzip\r\n\r\nnonsense"],
    "is nested without end": [HEAD + b"\r\n" + b"[" * 200_000],
    "is half a number": [HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"],
    "is no HTTP": [b"220 mail ready\r\n"],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_a_captured_service_answers_the_message_waits(captured, settings, what):
    """In a moment and in little memory; the worker goes on."""
    settings.SERVICES["sms"]["seconds"] = 0.25
    captured(*HOSTILE[what])
    began = time.monotonic()
    with pytest.raises(Later):
        Client("sms").post("/send", {"to": "13805740001", "text": "x"}, key="k")
    assert time.monotonic() - began < A_MOMENT


def test_of_those_who_ask_a_service_that_hangs_one_waits(captured, settings):
    """Eight threads answer all pages: each request for a code had one of them for as long as a carrier may take."""
    url = settings.SERVICES["sms"]["url"] + "/send"
    settings.SERVICES["sms"]["seconds"] = 0.25
    heard = captured(b"")
    for waits in (False, True):
        with outside._waiting[url] if waits else nullcontext(), pytest.raises(Later, match="NotAsked" if waits else "Timeout"):
            Client("sms").post("/send", {})
        until(lambda: heard)
    assert len(heard) == 1
    settings.SERVICES["sms"]["seconds"] = PATIENT
    captured(HEAD + b"\r\n{}")
    assert Client("sms").post("/send", {}) == {}
    captured(HEAD + b"\r\n{}")
    with outside._waiting[url]:
        assert Client("sms").post("/send", {}) == {}  # it is back, and asked by all


def test_a_redirect_is_not_followed(captured, settings):
    """It would lead our signature, and whom it is about, elsewhere."""
    elsewhere = f"HTTP/1.1 302 Found\r\nLocation: {settings.SERVICES['sms']['url']}/elsewhere\r\nContent-Length: 0\r\n\r\n"
    heard = captured(elsewhere.encode())
    with pytest.raises(Later):
        Client("sms").post("/send", {"to": "13805740001"})
    captured(HEAD + b"\r\n{}")  # who follows has knocked by now
    time.sleep(0.05)
    until(lambda: heard)
    assert len(heard) == 1


def test_no_proxy_and_no_password_of_the_environment(captured, monkeypatch, tmp_path):
    """What stands there was meant for other programs."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login root password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    heard = captured(HEAD + b"\r\n{}")
    assert Client("sms").post("/send", {"to": "13805740001"}) == {}
    assert heard[0].startswith("POST /send HTTP/1.1") and "authorization" not in heard[0].lower()


def test_no_other_authority_than_the_named_one_is_believed(captured, settings):
    settings.SERVICES["sms"]["url"] = settings.SERVICES["sms"]["url"].replace("http:", "https:")
    captured(b"no TLS")
    with pytest.raises(Later, match="SSLError"):
        Client("sms").post("/send", {})
    settings.SERVICES_CA = "/nowhere/authority.pem"
    with pytest.raises(Later, match="OSError"):
        Client("sms").post("/send", {})


@pytest.fixture
def authority(tmp_path, settings):
    """A server's context of TLS for 127.0.0.1, of an authority that the settings name."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    born = datetime.now(UTC) - timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, born, born + timedelta(days=9))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    paper, secret = tmp_path / "authority.pem", tmp_path / "key.pem"
    paper.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(paper, secret)
    settings.SERVICES_CA = str(paper)
    return context


@pytest.mark.parametrize(("pieces", "whole"), [([HEAD + b"Content-Length: 2\r\n\r\n{}"], True), ([HEAD, *[b"X"] * SLOWLY], False)])
def test_over_tls_an_answer_comes_whole_or_the_line_is_cut(authority, settings, pieces, whole):
    listening = socket.create_server(("127.0.0.1", 0))
    settings.SERVICES = {"sms": {"url": f"https://127.0.0.1:{listening.getsockname()[1]}", "secret": "s", "seconds": PATIENT if whole else 0.5}}

    def serve():
        with suppress(OSError), authority.wrap_socket(listening.accept()[0], server_side=True) as line:
            while not line.recv(65536).endswith(b"{}"):
                pass  # closed with half of the question unread, the line would be reset
            for piece in pieces:
                line.sendall(piece)
                time.sleep(0.1 if len(pieces) > 1 else 0)

    threading.Thread(target=serve, daemon=True).start()
    began = time.monotonic()
    with nullcontext() if whole else pytest.raises(Later, match="Timeout"):
        assert Client("sms").post("/send", {}) == {}
    assert time.monotonic() - began < A_MOMENT
    listening.close()
