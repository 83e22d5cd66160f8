"""What the client has to do in each environment: `checks.py NAME URL`, run by `matrix.py` in the environment NAME.

A check that does not hold ends it with a traceback and status 1. Nothing of this project but the client is on the path.
"""

import asyncio
import io
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

TOKEN = "a-token-that-is-long-enough"


def client(url: str, **options: Any) -> Any:
    return import_module("symphony_pod_client").PodClient(url, session_token=TOKEN, **options)


def async_client(url: str, **options: Any) -> Any:
    return import_module("symphony_pod_client").AsyncPodClient(url, session_token=TOKEN, **options)


def right(pod: Any, first: int, count: int = 50) -> bool:
    """Whether each answer is about the user that was asked for."""
    return all(pod.connections.accept(user_id=n).user_id == n for n in range(first, first + count))


async def use(url: str) -> None:
    """Many calls at once, cancelled ones, a time limit, a login and a client that is closed."""
    import anyio

    asked: list[int] = []
    module = import_module("symphony_pod_client")

    async def login() -> str:
        asked.append(1)
        await anyio.sleep(0.01)
        return TOKEN

    async with module.AsyncPodClient(url, session_token=login) as pod:
        found: list[int] = []

        async def call(user_id: int) -> None:
            found.append((await pod.connections.accept(user_id=user_id)).user_id)

        async with anyio.create_task_group() as group:
            for number in range(150):
                group.start_soon(call, number)
        assert sorted(found) == list(range(150))
        assert asked == [1]
        for _ in range(5):
            with anyio.move_on_after(0.02):
                async with anyio.create_task_group() as group:
                    for number in range(150):
                        group.start_soon(call, number)
        found.clear()
        async with anyio.create_task_group() as group:
            for number in range(120):
                group.start_soon(call, number)
        assert sorted(found) == list(range(120))
    async with async_client(url + "/slow") as slow:
        try:
            await slow.connections.accept(user_id=1, timeout=0.1)
        except module.CallTimeoutError:
            return
        raise AssertionError("expected a CallTimeoutError")


def check_asyncio(url: str) -> None:
    asyncio.run(use(url))
    asyncio.run(use(url), debug=True)
    pod = async_client(url)

    async def once() -> int:
        return int((await pod.connections.accept(user_id=7)).user_id)

    assert [asyncio.run(once()) for _ in range(3)] == [7, 7, 7]


def check_uvloop(url: str) -> None:
    uvloop = import_module("uvloop")
    uvloop.run(use(url))
    uvloop.run(use(url))


def check_trio(url: str) -> None:
    import anyio

    anyio.run(use, url, backend="trio")
    import_module("trio").run(use, url)
    asyncio.run(use(url))


def check_fastapi(url: str) -> None:
    fastapi, testing = import_module("fastapi"), import_module("fastapi.testclient")
    module = import_module("symphony_pod_client")
    app, pod = fastapi.FastAPI(), async_client(url)

    async def accept(user_id: int) -> Any:
        return await pod.connections.accept(user_id=user_id)

    accept.__annotations__["return"] = module.UserConnection
    app.get("/typed/{user_id}")(accept)
    app.get("/untyped/{user_id}", response_model=None)(accept)
    said = {"userId": 5, "status": "ACCEPTED"}
    for _ in range(2):  # each request has a loop of its own, and then all have one
        caller = testing.TestClient(app)
        assert [caller.get(f"/{kind}/5").json() for kind in ("typed", "untyped")] == [said] * 2
        with testing.TestClient(app) as caller:
            assert [caller.get(f"/{kind}/5").json() for kind in ("typed", "untyped", "typed")] == [said] * 3
            assert caller.get("/openapi.json").status_code == 200


def check_threads(url: str) -> None:
    django = import_module("django")
    conf, http = import_module("django.conf"), import_module("django.http")
    urls, wsgi = import_module("django.urls"), import_module("django.core.wsgi")
    pod = client(url)

    def view(_: Any, user_id: int) -> Any:
        return http.JsonResponse(pod.connections.accept(user_id=user_id).to_dict())

    views = type(sys)("views")
    vars(views)["urlpatterns"] = [urls.path("<int:user_id>", view)]
    sys.modules["views"] = views
    conf.settings.configure(ROOT_URLCONF="views", ALLOWED_HOSTS=["*"], SECRET_KEY="s")
    django.setup()
    application = wsgi.get_wsgi_application()

    def request(user_id: int) -> bool:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET", "PATH_INFO": f"/{user_id}", "SERVER_NAME": "s", "SERVER_PORT": "80",
            "wsgi.input": io.BytesIO(),
        }  # fmt: skip
        content = b"".join(application(environ, lambda *_: None))
        return f'"userId": {user_id},'.encode() in content

    with ThreadPoolExecutor(40) as threads:
        assert all(threads.map(request, range(800)))


def check_prefork(url: str) -> None:
    pod = client(url)
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            right(pod, 9000, 5)

    threads = [threading.Thread(target=busy) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert right(pod, 0)
    workers = []
    for number in range(4):
        worker = os.fork()
        if worker == 0:
            os._exit(0 if right(pod, 1000 * number) else 1)
        workers.append(worker)
    assert right(pod, 8000)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert [os.waitpid(worker, 0)[1] for worker in workers] == [0] * 4


def check_gevent(url: str) -> None:
    import_module("gevent.monkey").patch_all()
    gevent = import_module("gevent")
    pod = client(url)
    jobs = [gevent.spawn(right, pod, 100 * number, 10) for number in range(50)]
    gevent.joinall(jobs, timeout=60, raise_error=True)
    assert all(job.value for job in jobs)
    module = import_module("symphony_pod_client")
    try:
        client(url + "/slow").connections.accept(user_id=1, timeout=0.1)
    except module.CallTimeoutError:
        return
    raise AssertionError("expected a CallTimeoutError")


def check_respx(_: str) -> None:
    respx, httpx = import_module("respx"), import_module("httpx")
    for using in ("httpx", "httpcore"):
        with respx.mock(using=using) as router:
            route = router.post("https://acme.example.com/pod/v1/connection/accept", json={"userId": 5})
            route.mock(httpx.Response(200, json={"userId": 5}))
            assert client("https://acme.example.com/pod").connections.accept(user_id=5).user_id == 5

            async def call() -> int:
                async with async_client("https://acme.example.com/pod") as pod:
                    return int((await pod.connections.accept(user_id=5)).user_id)

            assert asyncio.run(call()) == 5
            assert route.call_count == 2
            assert route.calls.last.request.headers["sessionToken"] == TOKEN


PYTEST_HTTPX = f"""
import asyncio
from symphony_pod_client import AsyncPodClient, PodClient

URL = "https://acme.example.com/pod"

def test_sync(httpx_mock):
    httpx_mock.add_response(url=URL + "/v1/connection/accept", match_json={{"userId": 5}}, json={{"userId": 5}})
    assert PodClient(URL, session_token="{TOKEN}").connections.accept(user_id=5).user_id == 5
    assert httpx_mock.get_request().headers["sessionToken"] == "{TOKEN}"

def test_async(httpx_mock):
    httpx_mock.add_response(json=[{{"userId": 5}}])
    async def call():
        async with AsyncPodClient(URL, session_token="{TOKEN}") as pod:
            return (await pod.connections.list(user_ids=[5]))[0].user_id
    assert asyncio.run(call()) == 5
"""


def check_pytest_httpx(_: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_mocked.py").write_text(PYTEST_HTTPX, encoding="utf-8")
        subprocess.run([sys.executable, "-m", "pytest", "-q", folder], check=True)


def check_opentelemetry(url: str) -> None:
    instrumentation = import_module("opentelemetry.instrumentation.httpx")
    trace, sdk = import_module("opentelemetry.trace"), import_module("opentelemetry.sdk.trace")
    export = import_module("opentelemetry.sdk.trace.export")
    memory = import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(memory))
    trace.set_tracer_provider(provider)
    instrumentation.HTTPXClientInstrumentor().instrument()
    with trace.get_tracer("app").start_as_current_span("caller") as parent:
        client(url).connections.accept(user_id=5)

        async def call() -> None:
            async with async_client(url) as pod:
                await pod.connections.accept(user_id=5)

        asyncio.run(call())
    spans = [span for span in memory.get_finished_spans() if span.name.startswith("POST")]
    assert [span.parent.span_id for span in spans] == [parent.get_span_context().span_id] * 2
    assert not [span for span in spans if TOKEN in span.to_json()]


def check_sentry(url: str) -> None:
    sentry = import_module("sentry_sdk")
    httpx = import_module("sentry_sdk.integrations.httpx")
    events: list[Any] = []

    def noted(event: Any, _: object) -> None:
        events.append(event)

    sentry.init(
        dsn="http://key@127.0.0.1:1/1", traces_sample_rate=1.0, integrations=[httpx.HttpxIntegration()],
        before_send=noted, before_send_transaction=noted,
    )  # fmt: skip
    with sentry.start_transaction(name="caller"):
        client(url).connections.accept(user_id=5)

        async def call() -> None:
            async with async_client(url) as pod:
                await pod.connections.accept(user_id=5)

        asyncio.run(call())
    spans = [span for event in events for span in event.get("spans", ()) if span["op"] == "http.client"]
    assert len(spans) == 2
    events.clear()
    try:
        client("http://127.0.0.1:1/pod", retries=0).connections.accept(user_id=5)
    except Exception as error:
        sentry.capture_exception(error)
    assert events
    assert TOKEN not in repr(events)


def check_http2(_: str) -> None:
    authority, certificate, key = (os.environ[name] for name in ("AUTHORITY", "CERTIFICATE", "KEY"))
    url = f"https://127.0.0.1:{import_module('http2_pod').start(certificate, key)}/pod"
    options: dict[str, Any] = {"http2": True, "http1": False, "retries": 0, "ca_bundle": authority}
    with client(url, **options) as pod:  # in one thread: httpcore sends the requests of several out of order
        assert right(pod, 0, 200)

    async def calls() -> list[int]:
        async with async_client(url, **options) as pod:
            found = await asyncio.gather(*[pod.connections.accept(user_id=number) for number in range(300)])
            return [connection.user_id for connection in found]

    assert asyncio.run(calls()) == list(range(300))
    kind = import_module("symphony_pod_client").ConnectError
    try:
        client("https://acme.example.com/pod", proxy="socks5://127.0.0.1:1", retries=0).connections.list()
    except kind as error:
        said = str(error)
    assert "nothing was sent" in said


def check_oldest(url: str) -> None:
    check_newest(url)


def check_newest(url: str) -> None:
    with client(url) as pod:
        assert right(pod, 0)
        assert pod.connections.list(user_ids=[1, 2]) == []
    asyncio.run(use(url))
    module = import_module("symphony_pod_client")
    try:
        client(url + "/slow").connections.accept(user_id=1, timeout=0.1)
    except module.CallTimeoutError:
        return
    raise AssertionError("expected a CallTimeoutError")


def main(name: str, url: str) -> None:
    check: Callable[[str], None] = globals()[f"check_{name.replace('-', '_')}"]
    check(url)
    print(f"interop: {name}: as expected, with httpx {version('httpx')} and attrs {version('attrs')}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
