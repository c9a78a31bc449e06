"""The columns that Stripe's exports are known to have, of every kind and generation."""

from __future__ import annotations

# fmt: off
STRIPES_OWN = frozenset({
    "account_balance", "amount", "amount_due", "amount_paid", "amount_refunded", "application_fee",
    "application_id", "applied_coupons", "average_order", "billing", "business_vat_id",
    "cancel_at_period_end", "canceled_at", "cancellation_reason", "captured", "card_address_city",
    "card_address_country", "card_address_line1", "card_address_line2", "card_address_state",
    "card_address_zip", "card_avs_line1_status", "card_avs_zip_status", "card_brand", "card_cvc_status",
    "card_exp_month", "card_exp_year", "card_fingerprint", "card_funding", "card_id",
    "card_issue_country", "card_last4", "card_name", "card_tokenization_method", "charge",
    "checkout_custom_field_1_key", "checkout_custom_field_1_value", "checkout_custom_field_2_key",
    "checkout_custom_field_2_value", "checkout_custom_field_3_key", "checkout_custom_field_3_value",
    "checkout_line_item_summary", "checkout_promotional_consent", "checkout_session_id",
    "checkout_terms_of_service_consent", "client_reference_id", "closed", "converted_amount",
    "converted_amount_refunded", "converted_currency", "created", "created_date", "currency",
    "current_period_end", "current_period_start", "customer", "customer_address_city",
    "customer_address_country", "customer_address_line1", "customer_address_line2",
    "customer_address_state", "customer_address_zip", "customer_description", "customer_email",
    "customer_id", "customer_name", "customer_phone", "date", "decline_reason", "delinquent",
    "description", "destination", "dispute_date", "dispute_evidence_due", "dispute_losses",
    "dispute_reason", "dispute_status", "disputed_amount", "due_date", "email", "ended_at",
    "ending_balance", "exclusive_tax_amount", "fee", "finalized_at", "forgiven", "id",
    "inclusive_tax_amount", "interchange_costs", "interval", "invoice_id", "invoice_number", "is_link",
    "marked_uncollectible_at", "maximum_line_item_period_end", "merchant_service_charge",
    "minimum_line_item_period_start", "mode", "name", "number", "paid", "paid_at", "payment_count",
    "payment_link_id", "payment_source_type", "paymentintent_id", "period_end", "period_start", "plan",
    "plan_price_id", "quantity", "refunded_date", "refunded_volume", "seller_message",
    "shipping_address_city", "shipping_address_country", "shipping_address_line1",
    "shipping_address_line2", "shipping_address_postal_code", "shipping_address_state", "shipping_name",
    "start", "start_date", "starting_balance", "statement_descriptor", "status", "subscription",
    "subtotal", "tax", "tax_location_recognized", "tax_percent", "taxes_on_fee", "total",
    "total_discount_amount", "total_spend", "transfer", "transfer_group", "trial_end", "trial_start",
    "utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term", "voided_at",
})
# fmt: on
"""As columns.normalise() writes them."""
