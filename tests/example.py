"""The helpdesk page's own example of an answer, which the sample company's Casey must come out as."""

import json

EXAMPLE = """{
  "id": 3,
  "created_at": "2013-06-16 12:36:36 Z",
  "current_sign_in_at": "2013-08-16 12:36:36 Z",
  "first_charge_created_at": "2013-06-26 12:36:36 Z",
  "last_charge_amount": "$150.00",
  "sign_in_count": 23,
  "stripe_customer_token": "cus_XdlkjDfljdl"
}"""
CASEY = json.loads(EXAMPLE)
