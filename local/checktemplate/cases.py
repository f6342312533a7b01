"""The forms of the template that are checked, by the parameters that they are deployed with."""

SECRET = "aws-secretsmanager:arn:aws:secretsmanager:eu-central-1:222222222222:secret:wecom/app-Ab12Cd"

# What every form has; a case changes some of it.
PARAMETERS = {
    "CorpId": "ww0123456789abcdef",
    "AgentId": "1000002",
    "Secret": SECRET + "#app",
    "ContactsSecret": "aws-ssm:/wecom/contacts",
    "ChatbotKey": "aws-ssm:/wecom/chatbot/key",
    "SecretsExtensionArn": "arn:aws:lambda:eu-central-1:187925254637:layer:AWS-Parameters-and-Secrets-Lambda-Extension-Arm64:12",
}

OPTIONS = {
    "plain": {},
    "URLs": {"FunctionUrls": "true"},
    "API": {"HttpApi": "true"},
    "queues": {"Queues": "true"},
    "VPC": {"SubnetIds": "subnet-01234567,subnet-89abcdef", "SecurityGroupIds": "sg-01234567"},
    "a key": {"SecretsKeyArn": "arn:aws:kms:eu-central-1:222222222222:key/0a1b2c3d-0000-4000-8000-000000000000"},
}
EVERYTHING = {name: value for option in OPTIONS.values() for name, value in option.items()}

NO_CHATBOT = {"ChatbotKey": ""}
CHATBOT_ALONE = {"CorpId": "", "AgentId": "", "Secret": "", "ContactsSecret": ""}

CASES = {
    f"{deployment}, {name}": {"Deployment": deployment} | choices
    for deployment in ("Individual", "Grouped")
    for name, choices in (OPTIONS | {"everything": EVERYTHING}).items()
} | {
    "Individual, everything, one secret for all": {"ContactsSecret": "", "ChatbotKey": SECRET, "Prefix": "test"} | EVERYTHING,
    "Individual, everything, no chatbot": NO_CHATBOT | EVERYTHING,
    "Individual, everything, chatbot alone": CHATBOT_ALONE | EVERYTHING,
    "Grouped, everything, no chatbot": {"Deployment": "Grouped"} | NO_CHATBOT | EVERYTHING,
    "Grouped, everything, chatbot alone": {"Deployment": "Grouped"} | CHATBOT_ALONE | EVERYTHING,
}

# What the template's rules refuse before anything is made: the rule, and the parameters that break it.
REFUSED = {
    "SomethingIsConnected": CHATBOT_ALONE | NO_CHATBOT,
    "CorpIdComesWithSecret": {"Secret": "", "ContactsSecret": ""},
    "SecretComesWithCorpId": {"CorpId": "", "Secret": ""},
    "SubnetsComeWithSecurityGroups": {"SubnetIds": "subnet-01234567"},
    "SecurityGroupsComeWithSubnets": {"SecurityGroupIds": "sg-01234567"},
}

# References that the parameters take: to a parameter, a secret, and a value in a secret.
REFERENCES = [
    "",
    "aws-ssm:/wecom/secret",
    "aws-ssm:/a.b_c-d",
    "aws-secretsmanager:arn:aws:secretsmanager:eu-central-1:222222222222:secret:w/x-Ab12Cd",
    "aws-secretsmanager:arn:aws-cn:secretsmanager:cn-north-1:222222222222:secret:wecom-Ab12Cd#app.key",
]

# What they refuse: secrets themselves, and references that would let a role read too much or nothing.
NO_REFERENCES = [
    "Zk3dPzJ0vC1qk2h4m5n6b7v8c9x0z1a2s3d4f5g6h7j",
    "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa",
    "aws-ssm:",
    "aws-ssm:/",
    "aws-ssm:name",
    "aws-ssm:/wecom/*",
    " aws-ssm:/wecom/secret",
    "aws-secretsmanager:wecom",
    "aws-secretsmanager:arn:aws:secretsmanager:*:222222222222:secret:wecom-Ab12Cd",
    "aws-secretsmanager:arn:aws:secretsmanager:eu-central-1:222222222222:secret:*",
    "aws-secretsmanager:arn:aws:secretsmanager:eu-central-1:222222222222:secret:wecom-??????",
    "aws-secretsmanager:arn:aws:secretsmanager:eu-central-1:222222222222:secret:wecom-Ab12Cd#",
]
