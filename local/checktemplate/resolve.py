"""Works out a CloudFormation template: which resources it makes with some parameters, and their properties."""

import re
from dataclasses import dataclass

NO_VALUE = object()

# How the attributes look that stand for a resource in another one's properties.
ARNS = {
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{FunctionName}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{LogGroupName}:*",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{QueueName}",
}
NAMES = {"AWS::Lambda::Function": "FunctionName", "AWS::Logs::LogGroup": "LogGroupName"}


@dataclass
class Stack:
    """What a template comes to. resources has the properties by logical id; a reference to a resource that has no name of
    its own, such as a role, is its logical id."""

    resolver: "Resolver"
    place: str  # region and account, as ARNs have them
    parameters: dict
    types: dict
    resources: dict
    outputs: dict

    def of(self, kind):
        """The properties of the resources of a type, by logical id."""
        return {name: properties for name, properties in self.resources.items() if self.types[name] == kind}

    def statements(self, role):
        """The statements of a role's policies, its own and those that are attached."""
        documents = [policy["PolicyDocument"] for policy in role["Policies"]]
        documents += [self.resources[name]["PolicyDocument"] for name in role["ManagedPolicyArns"]]
        return [statement for document in documents for statement in document["Statement"]]

    def has_no_value(self, item):
        """Whether an item of a list is left out: an Fn::If that comes to AWS::NoValue."""
        return isinstance(item, dict) and "Fn::If" in item and self.resolver.chosen(item["Fn::If"]) == {"Ref": "AWS::NoValue"}


def resolve(template, parameters, account, region):
    return Resolver(template, parameters, account, region).stack()


def broken_rules(template, parameters):
    """The template's rules that the parameters break: then CloudFormation makes nothing."""
    return Resolver(template, parameters, "", "").broken_rules()


class Resolver:
    def __init__(self, template, parameters, account, region):
        self.template, self.account, self.region = template, account, region
        self.parameters = {name: parameters.get(name, declared.get("Default")) for name, declared in template["Parameters"].items()}
        unknown = parameters.keys() - self.parameters.keys()
        assert not unknown, f"there are no parameters {unknown}"
        self.known = self.parameters | {
            "AWS::Region": region, "AWS::AccountId": account, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com", "AWS::NoValue": NO_VALUE,
        }

    def stack(self):
        made = {name: r for name, r in self.template["Resources"].items() if self.met(r)}
        return Stack(
            self,
            f"{self.region}:{self.account}",
            self.parameters,
            {name: r["Type"] for name, r in made.items()},
            {name: self.value(r["Properties"]) for name, r in made.items()},
            {name: self.value(o["Value"]) for name, o in self.template["Outputs"].items() if self.met(o)},
        )

    def broken_rules(self):
        return [name for name, rule in self.template["Rules"].items() if not self.kept(rule)]

    def kept(self, rule):
        applies = "RuleCondition" not in rule or self.condition(rule["RuleCondition"])
        return not applies or all(self.condition(assertion["Assert"]) for assertion in rule["Assertions"])

    def met(self, item):
        return "Condition" not in item or self.condition(item["Condition"])

    def condition(self, it):
        if isinstance(it, str):
            return self.condition(self.template["Conditions"][it])
        (operator, operands), = it.items()
        if operator == "Condition":
            return self.condition(operands)
        if operator == "Fn::Equals":
            return self.value(operands[0]) == self.value(operands[1])
        return {"Fn::Not": lambda parts: not parts[0], "Fn::And": all, "Fn::Or": any}[operator]([self.condition(o) for o in operands])

    def value(self, it):
        if isinstance(it, list):
            return [v for v in map(self.value, it) if v is not NO_VALUE]
        if not isinstance(it, dict):
            return it
        if len(it) == 1:
            (name, operand), = it.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self.intrinsic(name, operand)
        members = {key: self.value(v) for key, v in it.items()}
        return {key: v for key, v in members.items() if v is not NO_VALUE}

    def intrinsic(self, name, operand):
        match name:
            case "Ref":
                return self.reference(operand)
            case "Fn::If":
                return self.value(self.chosen(operand))
            case "Fn::GetAtt":
                return self.attribute(*operand)
            case "Fn::Split":
                return self.value(operand[1]).split(operand[0])
            case "Fn::Select":
                return self.value(operand[1])[int(operand[0])]
            case "Fn::Sub":
                text, own = operand if isinstance(operand, list) else (operand, {})
                return re.sub(r"\$\{([A-Za-z0-9:]+)\}", lambda m: self.value(own[m[1]]) if m[1] in own else self.reference(m[1]), text)
        raise AssertionError(f"{name} is not worked out here")

    def chosen(self, operands):
        """The branch of an Fn::If."""
        return operands[1] if self.condition(operands[0]) else operands[2]

    def reference(self, name):
        if name in self.known:
            return self.known[name]
        resource = self.resource(name)
        return self.value(resource["Properties"][NAMES[resource["Type"]]]) if resource["Type"] in NAMES else name

    def attribute(self, name, attribute):
        resource = self.resource(name)
        if attribute != "Arn" or resource["Type"] not in ARNS:
            return f"{name}.{attribute}"
        return ARNS[resource["Type"]].format(region=self.region, account=self.account, **self.value(resource["Properties"]))

    def resource(self, name):
        resource = self.template["Resources"][name]
        assert self.met(resource), f"{name} is referred to, and is not made"
        return resource
