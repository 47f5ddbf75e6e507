"""Adds to records what DeepEval makes of them.

    python record.py FILE [VERSION]

FILE holds records without "expect" (or with that of other releases); the result
goes to stdout. The installed release is used as it is, with a judge that answers
from the record: in free text, and held to the schema. VERSION is the installed one
unless it is given.
"""

import asyncio
import json
import sys
from importlib.metadata import version

import deepeval.metrics
from deepeval.models import DeepEvalBaseLLM
from deepeval.test_case import ConversationalTestCase, LLMTestCase, ToolCall, Turn

# The step of a question, by the name of the schema of its reply; those of one
# metric go before those of all.
STEPS = {
    "Verdicts": "verdicts", "ContextualRelevancyVerdicts": "verdicts", "Truths": "truths", "Claims": "claims",
    "QAPairs": "qa_pairs", "RelevancyVerdict": "verdict", "CitationFaithfulnessVerdict": "verdict", "Task": "task", "AgentPlan": "plan",
    "GoalScore": "goal_score", "PlanScore": "plan_score",
    "ToolSelectionScore": "tool_selection", "ArgumentCorrectnessScore": "arguments",
    "ToolScore": "primitives", "MCPPrimitivesScore": "primitives", "ArgsScore": "arguments", "MCPArgsScore": "arguments",
    "PlanQualityScore": "score", "PlanAdherenceScore": "score", "EfficiencyVerdict": "score", "TaskScore": "score",
}
CLASSES = {"mcp_use": "MCPUseMetric", "mcp_task_completion": "MCPTaskCompletionMetric", "multi_turn_mcp_use": "MultiTurnMCPUseMetric"}


class Judge(DeepEvalBaseLLM):
    """Answers each step with its texts in turn; the last one repeats."""

    def __init__(self, replies, strict):
        self.replies, self.strict, self.asked = replies, strict, []
        super().__init__("scripted")

    def load_model(self, *args, **kwargs):
        return self

    def get_model_name(self, *args, **kwargs):
        return "scripted"

    def generate(self, prompt, schema=None, **kwargs):
        step = STEPS.get(schema.__name__, "reason") if schema else "reason"
        texts = self.replies[step]
        text = texts[min(self.asked.count(step), len(texts) - 1)]
        self.asked.append(step)
        return schema.model_validate_json(text) if schema and self.strict else text

    async def a_generate(self, prompt, schema=None, **kwargs):
        return self.generate(prompt, schema, **kwargs)

    def generate_with_schema(self, prompt, schema=None, **kwargs):
        return self.generate(prompt, schema)

    async def a_generate_with_schema(self, prompt, schema=None, **kwargs):
        return self.generate(prompt, schema)


def class_of(metric):
    name = CLASSES.get(metric) or "".join(w.capitalize() for w in metric.split("_")) + "Metric"
    if metric == "citation_faithfulness":
        import deepeval.metrics.community as community
        return community.CitationFaithfulnessMetric
    return getattr(deepeval.metrics, name)


def tools(calls):
    return calls and [ToolCall(**c) for c in calls]


def servers(listed):
    from deepeval.test_case import MCPServer
    return listed and [MCPServer(**s) for s in listed]


def test_case(c):
    c = dict(c)
    trace = c.pop("trace", None)
    if "mcp_servers" in c:
        c["mcp_servers"] = servers(c["mcp_servers"])
    if "turns" in c:
        turns = [Turn(**{**t, "tools_called": tools(t.get("tools_called"))}) for t in c.pop("turns")]
        return ConversationalTestCase(turns=turns, **c)
    for key in ("tools_called", "expected_tools"):
        if key in c:
            c[key] = tools(c[key])
    case = LLMTestCase(**c)
    if trace is not None:
        case._trace_dict = trace
    return case


def class_of_error(e):
    name = type(e).__name__
    if name == "ValidationError":
        return "schema_validation"
    if name == "MissingTestCaseParamsError":
        return "missing_params"
    if isinstance(e, KeyError):
        return "missing_key"
    return "invalid_json" if "invalid JSON" in str(e) else "other"


def error(stage, e):
    return {"error": {"stage": stage, "type": type(e).__name__, "class": class_of_error(e)}}


def measure(record, strict, concurrent):
    judge = Judge(record["replies"], strict)
    params = dict(record["params"])
    if "available_tools" in params:
        params["available_tools"] = tools(params["available_tools"])
    kind = class_of(record["metric"])
    names = kind.__init__.__code__.co_varnames
    if "model" in names:
        params["model"] = judge
    if "async_mode" in names:
        params["async_mode"] = concurrent
    try:
        metric = kind(**params)
    except Exception as e:
        return error("construct", e)
    try:
        case = test_case(record["test_case"])
        if concurrent:
            asyncio.run(metric.a_measure(case, _show_indicator=False))
        else:
            metric.measure(case, _show_indicator=False)
    except Exception as e:
        return {**error("measure", e), "steps": judge.asked}
    score = metric.score
    return {"score": score, "score_type": type(score).__name__, "success": metric.is_successful(), "threshold": metric.threshold, "steps": judge.asked}


def outcome(record, strict):
    one, many = measure(record, strict, False), measure(record, strict, True)
    same = [{k: v for k, v in r.items() if k != "steps"} for r in (one, many)]
    if json.dumps(same[0]) != json.dumps(same[1]):
        raise SystemExit(f"{record['id']}: one after the other {one}; concurrent {many}")
    return one


def main(file, release):
    records = json.load(open(file))
    for r in records:
        text, schema = outcome(r, False), outcome(r, True)
        r.setdefault("expect", {})[release] = {"text": text, "schema": "same" if schema == text else schema}
    print("[\n" + ",\n".join(json.dumps(r) for r in records) + "\n]")


main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else version("deepeval"))
