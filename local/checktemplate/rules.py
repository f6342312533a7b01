"""What must hold of the template, whatever it is deployed with."""

import json
import re

from cases import NO_REFERENCES, REFERENCES

TIMEOUT = 20
NETWORK = {
    "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
    "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
}
CONSUME = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}


def check_limits(template):
    """CloudFormation's own limits, for every resource that the template can make at once."""
    size = len(json.dumps(template))
    counts = {part: len(template[part]) for part in ("Resources", "Outputs", "Parameters", "Conditions")}
    assert counts["Resources"] <= 500 and counts["Outputs"] <= 200 and counts["Parameters"] <= 200, counts
    assert size <= 1_000_000, f"{size} bytes"
    return f"transformed: {size:,} bytes, " + ", ".join(f"{n} {part.lower()}" for part, n in counts.items())


def check_parameters(parameters):
    for name in ("Secret", "ContactsSecret", "ChatbotKey"):
        pattern = parameters[name]["AllowedPattern"]
        for value in REFERENCES:
            assert re.fullmatch(pattern, value), f"{name} refuses {value}"
        for value in NO_REFERENCES:
            assert not re.fullmatch(pattern, value), f"{name} takes {value}"
    for name, declared in parameters.items():
        if pattern := declared.get("AllowedPattern"):
            assert declared.get("ConstraintDescription"), f"{name} does not say what it takes"
            assert "Default" not in declared or re.fullmatch(pattern, declared["Default"]), f"{name} refuses its default"


def check(stack):
    functions = stack.of("AWS::Lambda::Function")
    roles = [f["Role"] for f in functions.values()]
    assert len(set(roles)) == len(roles) == len(stack.of("AWS::IAM::Role")), "a role of its own for each function"
    for name, function in functions.items():
        try:
            check_function(stack, function)
        except AssertionError as wrong:
            raise AssertionError(f"{name}: {wrong}") from wrong
    check_urls(stack)
    check_queues(stack)
    check_api(stack)
    check_outputs(stack)


def check_function(stack, f):
    parameters, variables = stack.parameters, f["Environment"]["Variables"]
    assert f["Runtime"] == "provided.al2023" and f["Architectures"] == ["arm64"] and f["Timeout"] == TIMEOUT, f
    assert f["FunctionName"].startswith(parameters["Prefix"] + "-"), f["FunctionName"]
    assert f["Layers"] == [parameters["SecretsExtensionArn"]], f["Layers"]
    assert sum(len(name) + len(value) for name, value in variables.items()) < 4096, "the environment takes 4 KB"
    ways_in = "true" in (parameters["FunctionUrls"], parameters["HttpApi"], parameters["Queues"])
    assert variables.get("WECOM_AUTH") == ("platform" if ways_in else None), variables
    assert ("VpcConfig" in f) == bool(parameters["SubnetIds"]), "VpcConfig"
    logs = [group for group in stack.of("AWS::Logs::LogGroup").values() if group["LogGroupName"] == f["LoggingConfig"]["LogGroup"]]
    assert len(logs) == 1 and logs[0]["LogGroupName"] == "/aws/lambda/" + f["FunctionName"], logs
    assert logs[0]["RetentionInDays"] == parameters["LogRetentionDays"], logs
    allowed, needed = granted(stack, f), needs(stack, f)
    assert allowed == needed, f"too much: {sorted(allowed - needed)}; too little: {sorted(needed - allowed)}"


def granted(stack, f):
    """What the function's role allows, as pairs of an action and a resource."""
    role = stack.resources[f["Role"].removesuffix(".Arn")]
    trusted, = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "lambda.amazonaws.com"}, trusted
    allowed, denied = set(), set()
    for statement in stack.statements(role):
        pairs = {(action, resource) for action in listed(statement["Action"]) for resource in listed(statement["Resource"])}
        if statement["Effect"] == "Deny":
            covers = statement["Condition"]["ArnLike"]["lambda:SourceFunctionArn"]
            assert covers.endswith(f":function:{stack.parameters['Prefix']}-*"), covers
            denied |= pairs
        else:
            assert ("kms:Decrypt" in listed(statement["Action"])) == ("Condition" in statement), statement
            allowed |= pairs
    everywhere = {pair for pair in allowed if "*" in pair[1] and not pair[1].startswith("arn:aws:logs:")}
    assert everywhere == denied, f"allowed everywhere, and not denied to the function's own code: {sorted(everywhere - denied)}"
    return allowed


def needs(stack, f):
    """What the function needs, from what it is configured with: its log, its secrets, its queue, its network."""
    pairs = {(action, f"arn:aws:logs:{stack.place}:log-group:/aws/lambda/{f['FunctionName']}:*") for action in ("logs:CreateLogStream", "logs:PutLogEvents")}
    for value in f["Environment"]["Variables"].values():
        scheme, _, name = value.partition(":")
        if scheme == "aws-ssm":
            pairs.add(("ssm:GetParameter", f"arn:aws:ssm:{stack.place}:parameter{name}"))
        elif scheme == "aws-secretsmanager":
            pairs.add(("secretsmanager:GetSecretValue", name.partition("#")[0]))
    if stack.parameters["SecretsKeyArn"]:
        pairs.add(("kms:Decrypt", stack.parameters["SecretsKeyArn"]))
    if stack.parameters["SubnetIds"]:
        pairs |= {(action, "*") for action in NETWORK}
    for trigger in stack.of("AWS::Lambda::EventSourceMapping").values():
        if trigger["FunctionName"] == f["FunctionName"]:
            pairs |= {(action, trigger["EventSourceArn"]) for action in CONSUME}
    return pairs


def check_urls(stack):
    urls = stack.of("AWS::Lambda::Url").values()
    assert all(url["AuthType"] == "AWS_IAM" for url in urls), "a URL that is open to everybody"
    expected = {f["FunctionName"] for f in stack.of("AWS::Lambda::Function").values()} if stack.parameters["FunctionUrls"] == "true" else set()
    assert {url["TargetFunctionArn"].rpartition(":")[2] for url in urls} == expected, urls


def check_outputs(stack):
    """Whoever deployed it is told every name that callers need."""
    told = set(stack.outputs.values())
    for f in stack.of("AWS::Lambda::Function").values():
        assert f"arn:aws:lambda:{stack.place}:function:{f['FunctionName']}" in told, f["FunctionName"]
    for kind, output in (("AWS::SQS::Queue", "{}"), ("AWS::Lambda::Url", "{}.FunctionUrl"), ("AWS::ApiGatewayV2::Api", "{}.ApiEndpoint")):
        missing = {output.format(name) for name in stack.of(kind)} - told
        assert not missing, f"no output tells {missing}"


def check_queues(stack):
    names = {f["FunctionName"] for f in stack.of("AWS::Lambda::Function").values() if can_send(f)}
    triggers = stack.of("AWS::Lambda::EventSourceMapping").values()
    assert {t["FunctionName"] for t in triggers} == (names if stack.parameters["Queues"] == "true" else set()), "a queue for each function that sends"
    queues = {q["QueueName"]: q for q in stack.of("AWS::SQS::Queue").values()}
    assert len(queues) == 2 * len(triggers), "a queue and its dead letters"
    for trigger in triggers:
        source = trigger["EventSourceArn"]
        queue = queues[source.rpartition(":")[2]]
        dead = queues[queue["RedrivePolicy"]["deadLetterTargetArn"].rpartition(":")[2]]
        assert trigger["FunctionResponseTypes"] == ["ReportBatchItemFailures"] and trigger["BatchSize"] == 10, trigger
        assert queue["VisibilityTimeout"] == 6 * TIMEOUT and queue["RedrivePolicy"]["maxReceiveCount"] >= 5, queue
        assert dead["RedriveAllowPolicy"] == {"redrivePermission": "byQueue", "sourceQueueArns": [source]}, dead
        assert queue["SqsManagedSseEnabled"] and dead["SqsManagedSseEnabled"], "encrypted"
        assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600, "dead letters wait as long as SQS lets them"


def can_send(f):
    served = f["Environment"]["Variables"].get("WECOM_ACTION", f["Handler"])
    return served.endswith(".send") or served in ("message.*", "chatbot.*")


def check_api(stack):
    routes = stack.of("AWS::ApiGatewayV2::Route")
    assert bool(routes) == bool(stack.of("AWS::ApiGatewayV2::Api")) == (stack.parameters["HttpApi"] == "true"), "routes"
    permissions = {p["SourceArn"].rpartition("/actions/")[2]: p for p in stack.of("AWS::Lambda::Permission").values()}
    assert len(permissions) == len(routes), "a permission for each route"
    for route in routes.values():
        assert route["AuthorizationType"] == "AWS_IAM", "a route that is open to everybody"
        action = route["RouteKey"].removeprefix("ANY /actions/")
        integration = stack.resources[route["Target"].removeprefix("integrations/")]
        function = integration["IntegrationUri"].rpartition(":")[2]
        assert permissions[action]["FunctionName"] == function, action
        assert permissions[action]["Principal"] == "apigateway.amazonaws.com" and ":Api/*/*/actions/" in permissions[action]["SourceArn"], action
        assert serves(stack, function, action), f"{function} does not run {action}"


def serves(stack, function, action):
    f, = (f for f in stack.of("AWS::Lambda::Function").values() if f["FunctionName"] == function)
    served = f["Environment"]["Variables"].get("WECOM_ACTION", f["Handler"])
    return any(re.fullmatch(re.escape(one).replace(r"\*", ".+"), action) for one in served.split(","))


def listed(value):
    return value if isinstance(value, list) else [value]
