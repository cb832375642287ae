"""Secrets that are known by their shape, wherever they stand: a line here and one in the corpus."""

import re

from .rule import Rule


def _starting(prefix: str) -> str:
    """`prefix` where no word goes on, or behind \\n or %3D; looked at last, as that is fastest."""
    return (
        rf"{prefix}(?:(?<![\w-]{prefix})|(?<=\\[nrt]{prefix})"
        rf"|(?<=%[0-9A-Fa-f][0-9A-Fa-f]{prefix}))"
    )


def _token(kind: str, hint: str, pattern: str, sign: str = "") -> Rule:
    return Rule(kind, re.compile(f"(?P<secret>{pattern})"), hint, sign=sign or re.escape(hint))


# Where `_starting` begins, in RE2's terms.
_BEFORE = r"(?:^|[^A-Za-z0-9_-]|\\[nrt]|%[0-9A-Fa-f]{2})"


_SLASH = r"(?:\\{0,8}/|%(?:25)?2[Ff])"

TOKENS = (
    *(
        _token("aws-key", prefix, _starting(prefix) + r"[0-9A-Z]{16}(?![0-9A-Z])")
        for prefix in ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA")
    ),
    _token("github-token", "gh", r"gh[opsur]_[A-Za-z0-9]{36,}+", "gh[opsur]_[A-Za-z0-9]{36}"),
    _token("github-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,}+"),
    _token(
        "gitlab-token",
        "gl",
        r"gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat)-[\w.-]{20,}+",
        "gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat)-",
    ),
    _token("slack-token", "xox", r"xox[a-z]-[A-Za-z0-9-]{10,}+"),
    _token("slack-token", "xapp-", r"xapp-[A-Za-z0-9-]{10,}+"),
    Rule(
        "slack-webhook",
        re.compile(
            rf"hooks\.slack\.com{_SLASH}(?:services|workflows|triggers){_SLASH}"
            rf"(?P<secret>(?:\w|{_SLASH}){{20,}}+)"
        ),
        "hooks.slack.com",
        sign=r"hooks\.slack\.com",
    ),
    Rule(
        "discord-webhook",
        re.compile(rf"webhooks{_SLASH}\d{{5,25}}{_SLASH}(?P<secret>[\w-]{{20,}}+)"),
        "webhooks",
        sign=r"webhooks(?:\\|/|%)",
    ),
    _token(
        "teams-webhook",
        "webhook.office.com",
        r"(?<=\.webhook\.office\.com/webhookb2/)[\w@/-]{20,}+",
    ),
    _token("telegram-token", ":AA", r"(?<!\d)\d{6,12}:AA[\w-]{30,}+"),
    _token("stripe-key", "k_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}+", "[rs]k_(?:live|test)_"),
    _token("stripe-key", "whsec_", r"whsec_[A-Za-z0-9+/=]{16,}+"),
    _token("google-key", "AIza", r"AIza[\w-]{35}"),
    _token("google-token", "ya29.", r"ya29\.[\w-]{20,}+"),
    _token("google-key", "GOCSPX-", r"GOCSPX-[\w-]{20,}+"),
    _token("anthropic-key", "sk-ant-", r"sk-ant-[\w-]{20,}+"),
    *(
        _token("openai-key", "sk-", _starting("sk-") + rest, _BEFORE + "sk-")
        for rest in (r"(?:proj|svcacct|admin|or-v1)-[\w-]{20,}+", r"[A-Za-z0-9]{32,}+")
    ),
    _token("npm-token", "npm_", r"npm_[A-Za-z0-9]{36,}+"),
    _token("pypi-token", "pypi-", r"pypi-[\w-]{50,}+"),
    _token("huggingface-token", "hf_", _starting("hf_") + r"[A-Za-z0-9]{30,}+"),
    _token("digitalocean-token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("shopify-token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", "shp(?:at|ca|pa|ss)_"),
    _token("square-token", "sq0", r"sq0(?:atp|csp|idp)-[\w-]{20,}+"),
    _token("twilio-key", "SK", _starting("SK") + r"[0-9a-f]{32}(?![0-9a-f])", "SK[0-9a-f]{32}"),
    _token("mailgun-key", "key-", _starting("key-") + r"[0-9a-f]{32}(?![0-9a-f])"),
    _token("newrelic-key", "NR", r"NR(?:AK|JS|II|AL)-[\w-]{20,}+", "NR(?:AK|JS|II|AL)-"),
    _token("grafana-token", "gl", r"gl(?:sa|c)_[A-Za-z0-9+/=_]{28,}+", "gl(?:sa|c)_"),
    _token("databricks-token", "dapi", _starting("dapi") + r"[0-9a-f]{32}(?:-\d)?"),
    _token("docker-token", "dckr_", r"dckr_(?:pat|oat)_[\w-]{20,}+"),
    _token("atlassian-token", "ATATT3", r"ATATT3[\w=-]{30,}+"),
    _token("sentry-token", "sntry", r"sntry[su]_[\w+/=-]{30,}+"),
    _token("linear-key", "lin_api_", r"lin_api_[A-Za-z0-9]{30,}+"),
    _token("groq-key", "gsk_", _starting("gsk_") + r"[A-Za-z0-9]{40,}+"),
    _token("replicate-token", "r8_", _starting("r8_") + r"[A-Za-z0-9]{30,}+"),
    _token("age-key", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[0-9A-Z]{50,}+"),
    _token("azure-secret", "Q~", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])"),
    _token(
        "discord-token",
        ".",
        r"(?<![\w.-])[MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{27,}+",
        r"[MNO][A-Za-z0-9]{23,27}\.[A-Za-z0-9_-]{6}\.",
    ),
    _token("vault-token", "hv", r"hv[sbr]\.[\w-]{24,}+", r"hv[sbr]\."),
    _token("sendgrid-key", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    _token("xai-key", "xai-", _starting("xai-") + r"[A-Za-z0-9]{60,}+"),
    _token("perplexity-key", "pplx-", _starting("pplx-") + r"[A-Za-z0-9]{40,}+"),
    _token("heroku-key", "HRKU-", r"HRKU-[\w-]{30,}+"),
    _token("terraform-token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}+"),
    _token("doppler-token", "dp.", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{30,}+"),
    _token("pulumi-token", "pul-", _starting("pul-") + r"[0-9a-f]{40}"),
    _token("planetscale-token", "pscale_", r"pscale_(?:pw|tkn|oauth)_[\w.-]{30,}+"),
    _token("supabase-key", "sb", r"sb(?:p_|_secret_)[\w-]{30,}+", "sb(?:p_|_secret_)"),
    _token("postman-key", "PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _token("figma-token", "fig", r"fig[dour]_[\w-]{30,}+", "fig[dour]_"),
    _token("notion-token", "ntn_", _starting("ntn_") + r"[A-Za-z0-9]{40,}+"),
    _token("airtable-token", "pat", _starting("pat") + r"\w{14}\.[0-9a-f]{64}", r"pat\w{14}\."),
    _token("dynatrace-token", "dt0", r"dt0[a-z]\d\d\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}", r"dt0[a-z]\d"),
    _token("gem-key", "rubygems_", r"rubygems_[0-9a-f]{48}"),
    _token("tailscale-key", "tskey-", r"tskey-[\w-]{20,}+"),
    _token("circleci-token", "CCI", r"CCI(?:PAT|PRJ)_\w{20,}+", "CCI(?:PAT|PRJ)_"),
    _token("buildkite-token", "bkua_", r"bkua_[0-9a-f]{40}"),
    _token("netlify-token", "nf", _starting("nf") + r"[poucb]_[A-Za-z0-9]{36,}+", "nf[poucb]_"),
    _token("jfrog-key", "AKCp", _starting("AKCp") + r"[A-Za-z0-9]{60,}+"),
    _token("nuget-key", "oy2", _starting("oy2") + r"[a-z0-9]{43}(?![a-z0-9])"),
    _token("sonar-token", "sq", _starting("sq") + r"[uap]_[0-9a-f]{40}", "sq[uap]_[0-9a-f]{40}"),
    _token("clojars-token", "CLOJARS_", r"CLOJARS_[0-9a-f]{60}"),
    _token("crates-token", "cio", _starting("cio") + r"[A-Za-z0-9]{32}(?!\w)", r"cio\w{32}"),
    _token("facebook-token", "EAA", _starting("EAA") + r"[A-Za-z0-9]{80,}+", r"EAA\w{80}"),
    _token("cloudflare-key", "v1.0-", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    _token("mapbox-token", "sk.eyJ", r"sk\.eyJ[\w-]{20,}+\.[\w-]{20,}+"),
    # A private key's head as base64, which neither a certificate nor a public key has.
    _token(
        "private-key",
        "LS0tLS1CRUdJTiB",
        r"LS0tLS1CRUdJTiB(?!DRVJU|QVUJMSUMg)[A-Za-z0-9+/=]{40,}+",
    ),
    Rule(
        "private-key",
        re.compile(
            r"Private-Lines: \d{1,4}(?:\\{1,8}[rn])+(?P<secret>(?:[A-Za-z0-9+/=]++|\\{1,8}[rn])++)"
        ),
        "Private-Lines: ",
        sign="Private-Lines: ",
    ),
    _token(
        "password-hash",
        "$",
        r"\$(?:apr1|[156y]|2[abxy]|argon2(?:id|i|d))\$[\w./$=,+-]{20,}+",
        r"\$(?:apr1|[156y]|2[abxy]|argon2(?:id|i|d))\$",
    ),
    *(
        _token("jwt", "eyJ", _starting("eyJ") + rest, _BEFORE + "eyJ")
        for rest in (r"[\w-]{8,}+\.eyJ[\w-]{5,}+(?:\.[\w-]*+)?", r"[\w-]{8,}+(?:\.[\w-]*+){4}")
    ),
)
