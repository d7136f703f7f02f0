# To be sourced: whether packages may be added to this machine's system. `say` is the caller's.
#
#   may_install "Debian's chromium" || skip …
#
# YUMA_INSTALL=yes or CI=true says yes, YUMA_INSTALL=no says no; else whoever sits at the terminal is asked, and where
# nobody does the answer is no.
may_install() {
  local answer=
  case ${YUMA_INSTALL:-} in
    yes) return 0 ;;
    no) ;;
    *)
      [[ ${CI:-} == true ]] && return 0
      if [[ -t 2 ]]; then
        read -r -p "Install $1? [y/N] " answer </dev/tty || true
        [[ $answer == [yY]* ]] && return 0
      fi
      ;;
  esac
  say "$1 would be needed: install that, or set YUMA_INSTALL=yes"
  return 1
}
