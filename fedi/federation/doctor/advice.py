"""How proxies are mended: the lines that belong into their configuration.

Caddy does most of this by itself (`conf/Caddyfile` is all that it needs), so that its users are
mostly told what to take out again.
"""

HOST = (
    "The proxy must hand on the name that was asked for.\n"
    "nginx:  proxy_set_header Host $host;\n"
    "Caddy:  does so by itself; take out `header_up Host …`."
)
UPSTREAM = (
    "See with `fedi status` whether the web process runs, and whether the proxy leads to the "
    "address in `bind`.\n"
    "nginx:  proxy_pass http://127.0.0.1:3000;\n"
    "Caddy:  reverse_proxy 127.0.0.1:3000"
)
FORWARDED_PROTO = (
    "nginx:  proxy_set_header X-Forwarded-Proto $scheme;\n"
    "Caddy:  does so by itself; take out `header_up -X-Forwarded-Proto`."
)
FORWARDED_FOR = (
    "nginx:  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
    "Caddy:  does so by itself; take out `header_up -X-Forwarded-For`."
)
BODY = (
    "Activities of other servers may be 1 MB long, uploads of members longer.\n"
    "nginx:  client_max_body_size 110m;\n"
    "Caddy:  has no limit by itself; take out `request_body { max_size … }`."
)
PATH = (
    "The address is part of what is signed: the proxy must not touch it.\n"
    "nginx:  proxy_pass http://127.0.0.1:3000;   (no slash and no path at the end)\n"
    "Caddy:  take out `rewrite`, `uri` and `handle_path`."
)
LONG = (
    "nginx:  large_client_header_buffers 8 32k;\n"
    "Caddy:  takes 1 MB by itself; take out `max_header_size`."
)
HEADERS = (
    "Take out whatever removes or sets these headers on the way in (header rules, a web "
    "application firewall, a CDN).\n"
    'nginx:  no `proxy_set_header Date …` or `proxy_set_header Digest "";`\n'
    "Caddy:  no `header_up` for them."
)
CACHE = (
    "A cache must keep answers apart by Accept, as `Vary` says, or not keep them.\n"
    "nginx:  proxy_cache off;   or   proxy_cache_key $host$request_uri$http_accept;\n"
    "A CDN:  switch its cache off for everything but /media, /proxy and /static."
)
WEBSOCKET = (
    "nginx:  proxy_http_version 1.1;\n"
    "        proxy_set_header Upgrade $http_upgrade;\n"
    '        proxy_set_header Connection "upgrade";\n'
    "        proxy_read_timeout 120s;\n"
    "Caddy:  does so by itself."
)
WELL_KNOWN = (
    "Something else answers for /.well-known (often a leftover for certificates). Only "
    "/.well-known/acme-challenge may go elsewhere; the rest belongs to fedi.\n"
    "nginx:  no `location /.well-known { … }` besides `location / { proxy_pass …; }`"
)
HANDLES = (
    "On {handles}, two addresses must lead to {host}:\n"
    "nginx:  location = /.well-known/webfinger {{ return 301 https://{host}$request_uri; }}\n"
    "        location = /.well-known/host-meta {{ return 301 https://{host}$request_uri; }}\n"
    "Caddy:  redir /.well-known/webfinger* https://{host}{{uri}} permanent\n"
    "        redir /.well-known/host-meta* https://{host}{{uri}} permanent"
)
REDIRECT = (
    "nginx:  server {{ listen 80; listen [::]:80; server_name {name};\n"
    "                 return 301 https://$host$request_uri; }}\n"
    "Caddy:  does so by itself."
)
RATE = (
    "Busy servers deliver hundreds of posts a minute from one address; fedi has limits of its "
    "own.\n"
    "nginx:  take `limit_req` and `limit_conn` out of the location that /inbox falls under.\n"
    "A CDN:  let POST /inbox and /ap/users/*/inbox pass without checks."
)
COMPRESSED = (
    "nginx:  no `gzip_static always;`, no `sub_filter`, no module that rewrites pages.\n"
    "A CDN:  switch off what minifies or improves pages."
)
CERTIFICATE = {
    10: "It has expired: renew it, reload the proxy, and see to it that both happen by themselves.",
    9: "It is not valid yet: look at the clock of this machine and of the one that made it.",
    18: "It was signed by nobody but itself. Get one from an authority (Caddy does by itself).",
    19: "Its authority is unknown to others. Get one from a public authority.",
    20: "The chain is not complete. nginx: `ssl_certificate` must name `fullchain.pem`, which has "
    "the certificates in between, and not `cert.pem`.",
    21: "The chain is not complete. nginx: `ssl_certificate` must name `fullchain.pem`, which has "
    "the certificates in between, and not `cert.pem`.",
    62: "It is for another name. Get one for {name}; in nginx, see that a `server` block with "
    "`server_name {name};` names it.",
}
CLOCK = "Let the clock be set by the network: `timedatectl set-ntp true`."
