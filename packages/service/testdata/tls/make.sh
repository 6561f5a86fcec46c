#!/bin/sh
# Made the certificates of this folder once, with OpenSSL 3; they are valid from 2020 to 2120 and protect nothing.
# Run it again only to change what they hold: `sh make.sh` in this folder.
set -eu
work=$(mktemp -d)
cat > "$work/ca.cnf" <<CNF
[ca]
default_ca = only
[only]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
CNF
: > "$work/index"
# request <name> <common name>
request() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$work/$1.csr"
}
# sign <name> <extensions> <how>…
sign() {
  name=$1
  printf '%b' "$2" > "$work/$name.ext"
  shift 2
  openssl ca -batch -notext -config "$work/ca.cnf" -startdate 20200101000000Z -enddate 21200101000000Z \
    -in "$work/$name.csr" -out "$name.crt" -extfile "$work/$name.ext" "$@"
}
authority() {
  request "$1" "$2"
  sign "$1" 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n' -selfsign -keyfile "$1.key"
}
leaf() {
  request "$2" "$2"
  sign "$2" "subjectAltName=$3\nbasicConstraints=CA:FALSE\n" -cert "$1.crt" -keyfile "$1.key"
}
authority ca "Narthex test authority"
authority stranger "Narthex test stranger"
leaf ca server DNS:localhost,IP:127.0.0.1
leaf ca server2 DNS:localhost,IP:127.0.0.1
leaf ca elsewhere DNS:elsewhere.example.org
leaf ca client DNS:client.example.org,URI:spiffe://example.org/client
leaf stranger stranger-client DNS:client.example.org
rm -rf ca.key stranger.key "$work"
