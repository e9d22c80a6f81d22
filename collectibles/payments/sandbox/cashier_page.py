"""What the cashier looks like: one page for every state of a charge, in Chinese and English."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light; font: 17px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; }
body { margin: 0; background: #f2f3f5; color: #1d2129; }
main { max-width: 26rem; margin: 0 auto; padding: 1rem; }
.mark { margin: 0; padding: .6rem 1rem; background: #b54708; color: #fff; text-align: center; }
.card { background: #fff; border-radius: .6rem; padding: 1rem; margin: 1rem 0; }
.sum { font-size: 2.2rem; margin: .2rem 0; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .3rem 1rem; margin: 0; }
dt { color: #5c6370; white-space: nowrap; }
dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
button, .back { display: block; box-sizing: border-box; width: 100%; min-height: 3rem;
  margin: .6rem 0; font: inherit; border: 1px solid #14532d; border-radius: .5rem;
  background: #166534; color: #fff; text-align: center; line-height: 3rem; text-decoration: none; }
button.plain { background: #fff; color: #1d2129; border-color: #86909c; }
button:focus-visible, a:focus-visible, input:focus-visible { outline: 3px solid #1d4ed8; }
fieldset { border: 1px solid #c9cdd4; border-radius: .5rem; margin: 1rem 0; }
label { display: block; padding: .35rem 0; }
.said { background: #fff3e0; border-left: 4px solid #b54708; padding: .6rem 1rem; }
footer { text-align: center; color: #4e5969; font-size: .85rem; } a { color: #1d4ed8; }
"""

PAGE = """<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{ t('演示收银台', 'Sandbox cashier') }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<p class="mark"><strong>{{ t('演示', 'Sandbox') }}</strong>
{{ t('这是支付沙箱，不会发生真实付款。', 'This is a payment sandbox: no real money moves.') }}</p>
<main>
{%- if charge is none %}
<h1>{{ t('没有这笔付款', 'No such payment') }}</h1>
<p>{{ t('链接不完整或已失效，请回到商户页面重新付款。',
        'The link is incomplete or out of date; please start again from the shop.') }}</p>
{%- else %}
<h1>{{ t('收银台', 'Cashier') }}</h1>
{%- if said == 'short' %}
<p class="said" role="alert">{{ t('余额不足，没有扣款。请换一种方式付款。',
  'The balance is too low; nothing was taken. Please choose another way to pay.') }}</p>
{%- elif said == 'cancelled' %}
<p class="said" role="alert">{{ t('已取消，没有扣款。', 'Given up; nothing was taken.') }}</p>
{%- elif said == 'choose' %}
<p class="said" role="alert">{{ t('请选择一种付款方式。', 'Please choose one way to pay.') }}</p>
{%- endif %}
<section class="card">
<p class="sum">{{ amount }}</p>
<dl>
<dt>{{ t('收款方', 'Payee') }}</dt><dd>{{ payee or charge['merchant'] }}</dd>
<dt>{{ t('说明', 'For') }}</dt><dd>{{ charge['description'] }}</dd>
<dt>{{ t('商户单号', 'Number') }}</dt><dd>{{ charge['charge_no'] }}</dd>
<dt>{{ t('截止', 'Pay by') }}</dt><dd>{{ until }}{{ t('（北京时间）', '') }}</dd>
</dl>
</section>
{%- if charge['state'] == 'NOTPAY' %}
<form method="post" action="?lang={{ 'en' if other == 'zh' else 'zh' }}">
{%- if charge['identity_asked'] %}
<fieldset>
<legend>{{ t('付款人身份（演示用）', 'Who pays (for the demonstration)') }}</legend>
<label><input type="radio" name="payer" value="confirmed" checked>
{{ t('与购买者一致', 'The buyer') }}</label>
<label><input type="radio" name="payer" value="mismatch">
{{ t('与购买者不一致', 'Somebody else') }}</label>
<label><input type="radio" name="payer" value="rail_cannot_tell">
{{ t('支付机构无法判断', 'The provider cannot tell') }}</label>
</fieldset>
{%- endif %}
<button name="action" value="balance">{{ t('用余额付款', 'Pay from balance') }}</button>
<button name="action" value="debit_card">{{ t('用借记卡付款', 'Pay by debit card') }}</button>
<button name="action" value="credit_card">{{ t('用信用卡付款', 'Pay by credit card') }}</button>
<button class="plain" name="action" value="short">
{{- t('余额不足', 'Insufficient balance') }}</button>
<button class="plain" name="action" value="cancel">{{ t('取消', 'Cancel') }}</button>
</form>
{%- else %}
<p class="said" role="status">
{%- if charge['state'] == 'CLOSED' %}
{{- t('这笔付款已关闭，不能再付。', 'This payment is closed and cannot be made any more.') }}
{%- else %}
{{- t('已付款。', 'Paid.') }}
{%- endif %}</p>
{%- if charge['return_url'] %}
<a class="back" href="{{ charge['return_url'] }}" rel="noreferrer">
{{- t('返回商户', 'Back to the shop') }}</a>
{%- endif %}
{%- endif %}
{%- endif %}
<footer><a href="?lang={{ other }}" hreflang="{{ other }}">
{{- 'English' if other == 'en' else '中文' }}</a></footer>
</main>
</body>
</html>
"""
