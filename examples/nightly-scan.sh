#!/bin/sh
# A cron job: scan the wallets of a list, keep the reports, speak only when needed.
#
#   ETH_RPC_URL=https://… examples/nightly-scan.sh wallets.txt reports/
#
# wallets.txt has one owner to a line (0x…, eip155:1:0x…, eth:0x…, a name, or a wallet
# of allowctl.toml); # begins a remark. Without ETH_RPC_URL the chains and endpoints of
# allowctl.toml are asked, and without these Ethereum at public endpoints.
# The exit code is the worst one that a scan had, in allowctl's own order.
set -u

wallets=${1:?"usage: nightly-scan.sh WALLETS FOLDER"}
folder=${2:?"usage: nightly-scan.sh WALLETS FOLDER"}
mkdir -p "$folder" || exit 2
[ -r "$wallets" ] || { echo "cannot read $wallets" >&2; exit 2; }

codes=" "
while read -r owner rest || [ -n "$owner" ]; do
  case $owner in "" | "#"*) continue ;; esac
  name=$(printf %s "$owner" | tr -c '[:alnum:]\n' _)
  rm -f "$folder/$name.txt"
  allowctl scan "$owner" --quiet --fail-on high -o "json=$folder/$name.json" \
    -o "$folder/$name.txt"
  code=$?
  codes="$codes$code "
  case $code in
    0) ;;
    1) echo "$owner: something of level high or worse, see $folder/$name.txt" ;;
    3)
      if [ -f "$folder/$name.txt" ]; then
        echo "$owner: the scan is incomplete, see $folder/$name.txt"
      else
        echo "$owner: no endpoint answered, there is no report"
      fi
      ;;
    *) echo "$owner: allowctl ended with $code" ;;
  esac
done <"$wallets"
[ "$codes" = " " ] && { echo "$wallets names no owner" >&2; exit 2; }

for code in 130 70 2 4 1 3; do
  case $codes in *" $code "*) exit "$code" ;; esac
done
