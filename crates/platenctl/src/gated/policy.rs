//! The operation policy of managed queues, as a block in cupsd.conf.
//!
//! The block stands at the end between two lines that say whose it is, so that
//! taking it out again gives the file as it was, to the byte.

/// The policy's name in `printer-op-policy`.
pub(crate) const NAME: &str = "platen";

const BEGIN: &str = "# BEGIN platen: written by platenctl, removed with the last queue";
/// Says that the line before the block had no end of its own.
const BEGIN_UNENDED: &str = "# BEGIN platen: written by platenctl after an unfinished line";
const END: &str = "# END platen";

/// Submitting needs a proven name, for names are money; a job's owner may do
/// with it what he likes, as the gate prints nothing unapproved. Documents from
/// elsewhere (Print-URI) would change after they were priced.
/// *Source*: cupsd.conf(5); rules.md R-19.
const POLICY: &str = "<Policy platen>
  JobPrivateAccess default
  JobPrivateValues default
  SubscriptionPrivateAccess default
  SubscriptionPrivateValues default
  <Limit Create-Job Print-Job Validate-Job>
    AuthType Default
    Require valid-user
    Order deny,allow
  </Limit>
  <Limit Send-Document Close-Job Cancel-Job Cancel-My-Jobs CUPS-Get-Document Hold-Job Release-Job Resume-Job Restart-Job Reprocess-Job Set-Job-Attributes CUPS-Move-Job CUPS-Authenticate-Job Create-Job-Subscription Renew-Subscription Cancel-Subscription Get-Notifications>
    AuthType Default
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>
  <Limit Print-URI Send-URI>
    Order allow,deny
    Deny all
  </Limit>
  <Limit Purge-Jobs Cancel-Jobs Promote-Job Schedule-Job-After Cancel-Current-Job Suspend-Current-Job CUPS-Add-Modify-Printer CUPS-Delete-Printer CUPS-Add-Modify-Class CUPS-Delete-Class CUPS-Set-Default CUPS-Get-Devices Pause-Printer Resume-Printer Enable-Printer Disable-Printer Pause-Printer-After-Current-Job Hold-New-Jobs Release-Held-New-Jobs Deactivate-Printer Activate-Printer Restart-Printer Shutdown-Printer Startup-Printer CUPS-Accept-Jobs CUPS-Reject-Jobs>
    AuthType Default
    Require user @SYSTEM
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
";

/// Whether the block is there.
#[must_use]
pub(crate) fn is_in(conf: &str) -> bool {
    conf.contains(BEGIN) || conf.contains(BEGIN_UNENDED)
}

/// The configuration with the block, an older block being replaced.
#[must_use]
pub(crate) fn added(conf: &str) -> String {
    let conf = removed(conf);
    let (line_end, begin) = if conf.is_empty() || conf.ends_with('\n') {
        ("", BEGIN)
    } else {
        ("\n", BEGIN_UNENDED)
    };
    format!("{conf}{line_end}{begin}\n{POLICY}{END}\n")
}

/// The configuration as it would be had the block never been added.
#[must_use]
pub(crate) fn removed(conf: &str) -> String {
    let Some((before, rest)) = [BEGIN, BEGIN_UNENDED]
        .iter()
        .find_map(|begin| conf.split_once(&format!("{begin}\n")))
    else {
        return conf.to_owned();
    };
    let unended = conf.contains(BEGIN_UNENDED);
    let before = if unended {
        before.strip_suffix('\n').unwrap_or(before)
    } else {
        before
    };
    let after = rest
        .split_once(&format!("{END}\n"))
        .map_or(rest, |(_, after)| after);
    format!("{before}{after}")
}

/// What a directive of a configuration file says, the last one counting.
#[must_use]
pub(crate) fn directive<'a>(conf: &'a str, name: &str) -> Option<&'a str> {
    conf.lines().rev().find_map(|line| {
        let (key, value) = line.trim().split_once([' ', '\t'])?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_the_block_out_gives_the_file_as_it_was() {
        for conf in [
            "",
            "LogLevel warn\n",
            "LogLevel warn",
            "LogLevel warn\n\n\n",
            "\r\nListen x\r\n",
            "\n",
        ] {
            let with = added(conf);
            assert!(is_in(&with) && !is_in(conf));
            assert_eq!(removed(&with), conf, "{conf:?}");
            assert_eq!(added(&with), with, "adding twice changes nothing");
        }
    }

    #[test]
    fn what_was_written_after_the_block_stays() {
        let conf = added("a\n") + "b\n";
        assert_eq!(removed(&conf), "a\nb\n");
    }

    #[test]
    fn last_directive_counts() {
        let conf = "ServerBin /a\n# ServerBin /c\n  serverbin\t/b \n";
        assert_eq!(directive(conf, "ServerBin"), Some("/b"));
        assert_eq!(directive(conf, "User"), None);
    }
}
