"""An emulated AWS, on which stacks are created: a moto server on a free port of this machine."""

import json
import os
import socket
import subprocess
import time
import urllib.request

import boto3

# What moto's CloudFormation does not know, and what needs it.
UNKNOWN = ("AWS::ApiGatewayV2::", "AWS::Lambda::Url", "AWS::Lambda::Permission")


class AWS:
    account, region = "123456789012", "eu-central-1"

    def __init__(self, archive):
        self.archive, self.left_out = archive, set()

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(self.port)], **quiet)
        try:
            self.wait()
            self.cloudformation, self.functions, self.queues, self.logs, self.iam, self.s3 = map(
                self.client, ("cloudformation", "lambda", "sqs", "logs", "iam", "s3"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    def wait(self):
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.server.poll() is None, "moto_server ended"
            time.sleep(0.1)
        raise AssertionError("moto_server does not answer")

    def client(self, service):
        return boto3.client(service, region_name=self.region, endpoint_url=f"http://127.0.0.1:{self.port}",
                            aws_access_key_id="test", aws_secret_access_key="test")

    def create_and_delete(self, template, parameters, stack):
        """Creates the stack in an empty account, looks whether everything is there, and deletes it."""
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/moto-api/reset", data=b"").close()
        self.s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": self.region})
        self.s3.put_object(Bucket="code", Key="lambda.zip", Body=self.archive)
        self.s3.put_object(Bucket="code", Key="template.json", Body=json.dumps(without_no_values(self.known_part(template), stack)))
        self.cloudformation.create_stack(
            StackName="wecom", Capabilities=["CAPABILITY_IAM"], TemplateURL=f"https://code.s3.{self.region}.amazonaws.com/template.json",
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()])
        made, = self.cloudformation.describe_stacks(StackName="wecom")["Stacks"]
        assert made["StackStatus"] == "CREATE_COMPLETE", made["StackStatus"]
        self.compare(stack, {o["OutputKey"]: o["OutputValue"] for o in made.get("Outputs", [])})
        self.cloudformation.delete_stack(StackName="wecom")
        assert not self.functions.list_functions()["Functions"] and not self.queues.list_queues().get("QueueUrls"), "not all of it was deleted"

    def known_part(self, template):
        left_out = {name: r["Type"] for name, r in template["Resources"].items() if r["Type"].startswith(UNKNOWN)}
        self.left_out |= set(left_out.values())
        return template | {
            "Resources": {name: r for name, r in template["Resources"].items() if name not in left_out},
            "Outputs": {name: o for name, o in template["Outputs"].items() if o["Value"].get("Fn::GetAtt", [""])[0] not in left_out},
        }

    def compare(self, stack, outputs):
        """Holds what was created against what the template was worked out to be."""
        same({f["FunctionName"]: (f["Handler"], f["Environment"]["Variables"]) for f in self.functions.list_functions()["Functions"]},
             {f["FunctionName"]: (f["Handler"], f["Environment"]["Variables"]) for f in stack.of("AWS::Lambda::Function").values()})
        same({g["logGroupName"]: str(g["retentionInDays"]) for g in self.every(self.logs, "describe_log_groups", "logGroups")},
             {g["LogGroupName"]: str(g["RetentionInDays"]) for g in stack.of("AWS::Logs::LogGroup").values()})
        same({url.rpartition("/")[2] for url in self.queues.list_queues().get("QueueUrls", [])},
             {q["QueueName"] for q in stack.of("AWS::SQS::Queue").values()})
        same({m["EventSourceArn"] for m in self.every(self.functions, "list_event_source_mappings", "EventSourceMappings")},
             {m["EventSourceArn"] for m in stack.of("AWS::Lambda::EventSourceMapping").values()})
        same(self.statements(), [s for role in stack.of("AWS::IAM::Role").values() for s in stack.statements(role)])
        same({name: value for name, value in outputs.items() if name.endswith("Arn")},
             {name: value for name, value in stack.outputs.items() if name.endswith("Arn")})

    def every(self, client, call, key):
        return [item for page in client.get_paginator(call).paginate() for item in page[key]]

    def statements(self):
        """Every statement of the roles' own policies, and of those to attach: moto attaches none."""
        documents = [
            self.iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
            for role in self.every(self.iam, "list_roles", "Roles")
            for policy in self.iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        ]
        documents += [
            self.iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]["Document"]
            for policy in self.iam.list_policies(Scope="Local")["Policies"]
        ]
        return [statement for document in documents for statement in parsed(document)["Statement"]]


def parsed(document):
    """moto gives some documents as text."""
    return json.loads(document.replace("'", '"')) if isinstance(document, str) else document


def without_no_values(it, stack):
    """The template without the items of lists that come to AWS::NoValue, which moto keeps as nulls."""
    if isinstance(it, dict):
        return {key: without_no_values(value, stack) for key, value in it.items()}
    if isinstance(it, list):
        return [without_no_values(item, stack) for item in it if not stack.has_no_value(item)]
    return it


def same(created, expected):
    def plain(it):
        items = it.items() if isinstance(it, dict) else it
        # moto's ARN of a log group lacks the end that CloudFormation's has.
        return {json.dumps(item, sort_keys=True).replace(':*"', '"') for item in items}

    wrong, missing = plain(created) - plain(expected), plain(expected) - plain(created)
    assert not wrong | missing, f"created, and not expected: {wrong}; expected, and not created: {missing}"
