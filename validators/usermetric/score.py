import asyncio
import copy
import hashlib
import importlib.util
import inspect
import math
import os
import signal
import time
import traceback
from contextlib import contextmanager
from types import SimpleNamespace


def load(path):
    modules = sys.__dict__.setdefault("_user_metrics", {})
    if path not in modules:
        folder = os.path.dirname(path)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        with open(path, "rb") as f:
            digest = hashlib.sha256(f.read()).hexdigest()
        name = os.path.splitext(os.path.basename(path))[0]
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(name, module)
        spec.loader.exec_module(module)
        modules[path] = (module, digest)
    return modules[path]


def find(path, name):
    module, _ = load(path)
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            have = [k for k, v in vars(module).items() if not k.startswith("_") and getattr(v, "__module__", None) == module.__name__]
            raise LookupError("%s has no %s; it has %s" % (os.path.basename(path), name, ", ".join(sorted(have)) or "nothing of its own"))
        found = getattr(found, part)
    return found


def measures(v):
    return callable(getattr(v, "measure", None))


def needs_case(f):
    try:
        inspect.signature(f).bind(None)
        return True
    except TypeError:
        return False


def make(found, params):
    """A metric for one case, or None where found is a function that scores."""
    if inspect.isclass(found):
        made = found(**params)
    elif measures(found):
        made = copy.copy(found)
        for k, v in params.items():
            setattr(made, k, v)
        return made
    elif callable(found) and needs_case(found):
        return None
    elif callable(found):
        made = found(**params)
    else:
        raise TypeError("it is no class, no function and no metric, but a %s" % type(found).__name__)
    if not measures(made):
        raise TypeError("it has no method measure(test_case)")
    return made


def package():
    return sys.modules.get("deepeval")


def types():
    if package() is None:
        return None
    import deepeval.test_case
    return deepeval.test_case


def tools(calls, kinds):
    if calls is None:
        return None
    kind = getattr(kinds, "ToolCall", SimpleNamespace)
    return [kind(**{k: v for k, v in c.items() if k in ("name", "description", "output", "input_parameters")}) for c in calls]


def talks(metric):
    if package() is None:
        return False
    import deepeval.metrics
    base = getattr(deepeval.metrics, "BaseConversationalMetric", None)
    return base is not None and isinstance(metric, base)


def test_case(metric, case):
    kinds = types()
    if metric is not None and talks(metric):
        turns = [kinds.Turn(role=t["role"], content=t["content"]) for t in case["turns"]]
        return kinds.ConversationalTestCase(turns=turns, chatbot_role=case.get("chatbot_role"))
    fields = {k: case.get(k) for k in ("input", "actual_output", "expected_output", "context", "retrieval_context")}
    fields["tools_called"] = tools(case.get("tools_called"), kinds)
    fields["expected_tools"] = tools(case.get("expected_tools"), kinds)
    kind = getattr(kinds, "LLMTestCase", None)
    if kind is not None:
        return kind(**fields)
    return SimpleNamespace(turns=case.get("turns"), chatbot_role=case.get("chatbot_role"), **fields)


def number(v):
    if isinstance(v, bool) or not isinstance(v, (int, float)):
        raise ValueError("it gave no score, but %.80r" % (v,))
    if not (math.isfinite(v) and 0 <= v <= 1):
        raise ValueError("its score %r is not in 0..1" % v)
    return float(v)


def returned(v, threshold):
    """What a function that scores gave."""
    if isinstance(v, bool):
        return {"score": 1.0 if v else 0.0, "success": v}
    if not isinstance(v, dict):
        score = number(v)
        return {"score": score, "success": score >= threshold}
    score = number(v.get("score"))
    success = v.get("success", score >= threshold)
    if not isinstance(success, bool):
        raise ValueError("its success is neither True nor False, but %.80r" % (success,))
    return {"score": score, "success": success, "reason": text(v.get("reason"))}


def text(v):
    return "" if v is None else str(v)[:4000]


@contextmanager
def within(seconds):
    """Ends what does not give way to other tasks; where there is no such alarm, the process is ended."""
    def ring(*_):
        raise TimeoutError("it took longer than %g s" % seconds)

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


async def score(found, params, case, deadline):
    metric = make(found, params)
    given = test_case(metric, case)
    if metric is None:
        with within(deadline):
            result = found(given)
        if inspect.isawaitable(result):
            result = await result
        if not measures(result):
            return returned(result, params.get("threshold", 0.5))
        metric = result
    by_itself = getattr(metric, "async_mode", True) and inspect.iscoroutinefunction(getattr(metric, "a_measure", None))
    with within(deadline):
        result = metric.a_measure(given) if by_itself else metric.measure(given)
    if inspect.isawaitable(result):
        await result
    if getattr(metric, "skipped", False) is True:
        raise ValueError("it skipped the case")
    if getattr(metric, "error", None) is not None:
        raise ValueError("it says: %s" % metric.error)
    success = metric.is_successful() if callable(getattr(metric, "is_successful", None)) else getattr(metric, "success", None)
    if not isinstance(success, bool):
        raise ValueError("its success is neither True nor False, but %.80r" % (success,))
    return {"score": number(getattr(metric, "score", None)), "success": success, "reason": text(getattr(metric, "reason", None))}


def fault(e):
    return {"error": "%s: %s" % (type(e).__name__, text(e)), "trace": traceback.format_exc()[-2000:]}


async def one(found, params, case, deadline, began):
    if time.monotonic() - began > deadline:
        return {"later": True}  # cases that do not give way to each other: the rest is for another call
    try:
        return await asyncio.wait_for(score(found, params, case, deadline), deadline)
    except asyncio.TimeoutError:
        return {"error": "it took longer than %g s" % deadline}
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise
    except BaseException as e:  # SystemExit too: it ends this case, not the others
        return fault(e)


async def all_of(request):
    found, began = find(request["file"], request["name"]), time.monotonic()
    return await asyncio.gather(*[one(found, request["params"], c, request["deadline"], began) for c in request["cases"]])


def check(request):
    """Loads the file and makes the metric once, so that what is missing is known before a case."""
    try:
        found = find(request["file"], request["name"])
        metric = make(found, request["params"])
    except ModuleNotFoundError as e:
        return {"missing": e.name or str(e), "python": sys.executable}
    except BaseException as e:
        return fault(e)
    module, digest = load(request["file"])
    model = getattr(metric, "evaluation_model", None) or getattr(metric, "model", None)
    if model is not None and not isinstance(model, str):
        model = model.get_model_name() if callable(getattr(model, "get_model_name", None)) else type(model).__name__
    return {"digest": "sha256:" + digest, "model": text(model), "version": text(getattr(package(), "__version__", None))}


return check(request) if request["check"] else all_of(request)
