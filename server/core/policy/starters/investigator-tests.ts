/** The investigator's own tests: what it is for, and the first things that somebody would try. */
export const INVESTIGATOR_TESTS = String.raw`tests:
  - { run: "uptime; free -m; df -h", expect: allow }
  - { run: "tail -n 50 /var/log/nginx/error.log | grep -c 500", expect: allow }
  - { run: "grep -rn 'connection refused' /var/log", expect: allow }
  - { run: "find /var/log -name '*.gz' -mtime -2", expect: allow }
  - { run: "ps aux --sort=-%mem | head -n 10", expect: allow }
  - { run: "journalctl -u nginx --since '1 hour ago' --no-pager", expect: allow }
  - { run: "systemctl status nginx", expect: allow, rule: services }
  - { run: "cat /etc/os-release && uname -a", expect: allow }
  - { run: "ss -tlnp", expect: allow }
  - { run: "printf '%s\\n' done; sleep 1; true", expect: allow }
  - { run: "ls -la /var/log 2>/dev/null", expect: allow }
  - { run: "cat /etc/shadow", expect: deny, rule: protect }
  - { run: "cat ~/.ssh/id_ed25519", expect: deny, rule: protect }
  - { run: "grep -r password /etc", expect: deny, rule: protect }
  - { run: "cat /proc/self/environ", expect: deny, rule: protect }
  - { run: "echo hi > /tmp/x", expect: deny }
  - { run: "sort -o /tmp/x /var/log/syslog", expect: deny }
  - { run: "find /var/log -delete", expect: deny }
  - { run: "curl http://example.com/", expect: deny, rule: default }
  - { run: "sudo cat /var/log/syslog", expect: deny }
  - { run: "systemctl restart nginx", expect: deny }
  - { run: "awk 'BEGIN { system(\"id\") }'", expect: deny }
  - { run: "$(echo cat) /etc/hosts", expect: deny, because: dynamic }
`
