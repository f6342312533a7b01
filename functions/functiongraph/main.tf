# A function of Huawei FunctionGraph for each action, where an account has 400. README.md, beside this file, says how
# to deploy them. On Open Telekom Cloud the resource is opentelekomcloud_fgs_function_v2, with the same arguments.
#
# Secrets come from variables (TF_VAR_secret and so on) and stand in no file but Terraform's state. What a function does
# not need it does not get: departments and members are written with the contact-sync secret, chatbots have a key and
# nothing else.

terraform {
  required_version = ">= 1.5"
  required_providers {
    huaweicloud = {
      source  = "huaweicloud/huaweicloud"
      version = ">= 1.74"
    }
  }
}

variable "corp_id" {
  description = "corp id of the enterprise"
  type        = string
}

variable "agent_id" {
  description = "id of the application"
  type        = string
}

variable "secret" {
  description = "secret of the application"
  type        = string
  sensitive   = true
}

variable "contacts_secret" {
  description = "contact-sync secret, for departments and members; empty for that of the application"
  type        = string
  default     = ""
  sensitive   = true
}

variable "chatbot_key" {
  description = "key of the chatbot's webhook; without one its functions answer misconfigured"
  type        = string
  default     = ""
  sensitive   = true
}

variable "api_keys" {
  description = "who may call through API Gateway: name:sha256-of-the-key, separated by commas"
  type        = string
  default     = ""
}

variable "http" {
  description = "HTTP functions, for API Gateway alone, in place of event functions"
  type        = bool
  default     = false
}

variable "timeout" {
  description = "seconds that a call may take; a call of ours ends 250 ms before, and after 15 seconds at the latest, with files after 120"
  type        = number
  default     = 20
}

variable "archive" {
  description = "the archive that make package-functiongraph wrote"
  type        = string
  default     = "../../dist/functiongraph.zip"
}

# A fixed egress address, for WeCom's trusted IPs: a VPC with a public NAT gateway, an EIP, and an SNAT rule for the subnet;
# and an agency for FunctionGraph with the permission VPC Administrator. Chatbots need none.
variable "vpc_id" {
  type    = string
  default = null
}

variable "network_id" {
  description = "id of the network of the VPC's subnet"
  type        = string
  default     = null
}

variable "agency" {
  type    = string
  default = null
}

locals {
  # The functions, by action, and what they need.
  functions = {
    # BEGIN functions
    "chatbot.file.send"       = "chatbot"
    "chatbot.image.send"      = "chatbot"
    "chatbot.markdown.send"   = "chatbot"
    "chatbot.media.upload"    = "chatbot"
    "chatbot.news.send"       = "chatbot"
    "chatbot.text.send"       = "chatbot"
    "department.create"       = "contacts"
    "department.delete"       = "contacts"
    "department.list"         = "application"
    "department.update"       = "contacts"
    "groupchat.create"        = "application"
    "groupchat.file.send"     = "application"
    "groupchat.get"           = "application"
    "groupchat.image.send"    = "application"
    "groupchat.markdown.send" = "application"
    "groupchat.mpnews.send"   = "application"
    "groupchat.text.send"     = "application"
    "groupchat.textcard.send" = "application"
    "groupchat.update"        = "application"
    "media.upload"            = "application"
    "member.create"           = "contacts"
    "member.delete"           = "contacts"
    "member.list"             = "contacts"
    "member.update"           = "contacts"
    "message.file.send"       = "application"
    "message.image.send"      = "application"
    "message.markdown.send"   = "application"
    "message.mpnews.send"     = "application"
    "message.recall"          = "application"
    "message.text.send"       = "application"
    "message.textcard.send"   = "application"
    # END functions
  }

  application = {
    WECOM_DEFAULT_CORP_ID  = var.corp_id
    WECOM_DEFAULT_AGENT_ID = var.agent_id
  }
  plain = {
    application = local.application
    contacts    = local.application
    chatbot     = { WECOM_DEFAULT_TYPE = "chatbot" }
  }
  secret = {
    application = { WECOM_DEFAULT_SECRET = var.secret }
    contacts = merge({ WECOM_DEFAULT_SECRET = var.secret },
    var.contacts_secret == "" ? {} : { WECOM_DEFAULT_CONTACTS_SECRET = var.contacts_secret })
    chatbot = { WECOM_DEFAULT_KEY = var.chatbot_key }
  }

  user_data = {
    for action, needs in local.functions : action => merge(
      local.plain[needs], { WECOM_ACTION = action }, var.api_keys == "" ? {} : { WECOM_API_KEYS = var.api_keys }
    )
  }
  encrypted_user_data = { for action, needs in local.functions : action => local.secret[needs] }
}

resource "huaweicloud_fgs_function" "wecom" {
  for_each = local.functions

  name                = "wecom-${replace(each.key, ".", "-")}"
  app                 = "default"
  runtime             = var.http ? "http" : "Custom"
  handler             = "index.handler" # says nothing; WECOM_ACTION selects
  memory_size         = 128
  timeout             = var.timeout
  code_type           = "zip"
  code_filename       = "functiongraph.zip"
  func_code           = filebase64(var.archive)
  user_data           = jsonencode(local.user_data[each.key])
  encrypted_user_data = jsonencode(local.encrypted_user_data[each.key])
  vpc_id              = var.vpc_id
  network_id          = var.network_id
  agency              = var.agency

  lifecycle {
    precondition {
      condition     = length(jsonencode(merge(local.user_data[each.key], local.encrypted_user_data[each.key]))) <= 4096
      error_message = "FunctionGraph takes 4,096 characters of variables; shorten api_keys."
    }
  }
}

output "urns" {
  description = "the functions' URNs, by action"
  value       = { for action, function in huaweicloud_fgs_function.wecom : action => function.urn }
}

# A timer carries the call in its additional information, 2 KB at most.
#
# resource "huaweicloud_fgs_function_trigger" "standup" {
#   function_urn = huaweicloud_fgs_function.wecom["message.text.send"].urn
#   type         = "TIMER"
#   event_data = jsonencode({
#     name          = "standup"
#     schedule_type = "Cron"
#     schedule      = "0 0 9 ? * MON-FRI"
#     user_event    = jsonencode({ touser = "@all", content = "standup in ten minutes" })
#   })
# }

# API Gateway: an API of a group that there is in a gateway of your own. With "NONE" the function asks for a key (api_keys).
#
# resource "huaweicloud_fgs_function_trigger" "api" {
#   function_urn = huaweicloud_fgs_function.wecom["message.text.send"].urn
#   type         = "DEDICATEDGATEWAY"
#   event_data = jsonencode({
#     name         = "wecom_message_text_send"
#     instance_id  = "id of the gateway"
#     group_id     = "id of the API group"
#     sl_domain    = "subdomain of the API group"
#     env_id       = "DEFAULT_ENVIRONMENT_RELEASE_ID"
#     env_name     = "RELEASE"
#     protocol     = "HTTPS"
#     req_method   = "ANY"
#     path         = "/wecom-message-text-send"
#     match_mode   = "SWA"
#     auth         = "NONE"
#     backend_type = "FUNCTION"
#     type         = 1
#     func_info    = { timeout = 20000 }
#   })
# }
