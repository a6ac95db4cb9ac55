# stub_check PYTHON ARGUMENTS: what `stub_check.py` does, without a Python for a verdict that says nothing more.
python=$1
shift
IFS= read -r line <verdict || line=
case $line in
*dirty* | *move* | *delete* | *vanish* | *daemon* | *flood* | *sleep* | *meet* | *outlast* | *prove*) line= ;;
*kept* | *cached* | *pictured* | *logged* | *small-* | *[!a-z0-9\ ,.\(\)-]*) line= ;;
"good "* | "bad "* | "skip "* | "abort "* | good | bad | skip | abort) ;;
*) line= ;;
esac
if [ -z "$line" ]; then
  exec "$python" -S "${0%_check.sh}.py" stub_check "$@"
fi
[ ! -e dirty ] || exit 3
for word; do
  [ "$before" != --out ] || out=$word
  before=$word
done
[ -d "${out%/*}" ] || mkdir -p "${out%/*}"
mkdir "$out" && echo "# nothing" >"$out/commands.txt" && printf x >product.o || exit 1
verdict=${line%% *}
reason=${line#"$verdict"}
seed=${BISECT_PARITY_HASH_SEED:+"\"seed\": \"$BISECT_PARITY_HASH_SEED\", "}
printf '{"cache": {}, "reason": "%s", %s"verdict": "%s"}' "${reason# }" "$seed" "$verdict" >"$out/verdict.json"
case $verdict in good) exit 0 ;; bad) exit 1 ;; skip) exit 125 ;; *) exit 200 ;; esac
