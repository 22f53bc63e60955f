//! The computer's own user, where no issuer is configured.

use platen_domain::{Person, UserId};

/// Why the computer's user can't be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This computer does not know the name of its user. Please tell your administrator.")]
pub struct LocalUserError;

/// A person whom the operating system vouches for.
#[must_use]
pub fn local_person(
    user_name: &str,
    full_name: &str,
    groups: impl IntoIterator<Item = String>,
) -> Person {
    let full_name = full_name.trim();
    Person {
        id: UserId::local(user_name),
        name: if full_name.is_empty() {
            user_name
        } else {
            full_name
        }
        .to_owned(),
        login: user_name.to_owned(),
        groups: groups.into_iter().collect(),
    }
}

/// The user that runs this process, with full name and groups as the system's
/// directories (files, LDAP, SSSD) give them.
///
/// *Errors*: the directories don't know the user.
/// *Source*: `getpwuid_r`, `getgrouplist`, `getgrgid_r`; on Windows the process' token.
pub fn local_user() -> Result<Person, LocalUserError> {
    imp::user()
}

/// The full name in a GECOS field: its first part, where `&` is the user name.
#[cfg(unix)]
fn full_name(gecos: &str, user_name: &str) -> String {
    let first = gecos.split(',').next().unwrap_or_default();
    let mut capital = user_name.chars();
    let capitalised: String = capital
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(capital)
        .collect();
    first.replace('&', &capitalised)
}

#[cfg(unix)]
mod imp {
    use std::collections::BTreeSet;

    use nix::unistd::{Gid, Group, Uid, User};

    use super::{LocalUserError, Person, full_name, local_person};

    pub(super) fn user() -> Result<Person, LocalUserError> {
        let user = User::from_uid(Uid::current())
            .ok()
            .flatten()
            .ok_or(LocalUserError)?;
        let gecos = user.gecos.to_string_lossy();
        let groups: BTreeSet<String> = group_ids(&user)
            .into_iter()
            .filter_map(|id| Group::from_gid(id).ok().flatten())
            .map(|group| group.name)
            .collect();
        Ok(local_person(
            &user.name,
            &full_name(&gecos, &user.name),
            groups,
        ))
    }

    /// The directories' list, so that a group given today counts before the
    /// next login.
    #[cfg(not(target_vendor = "apple"))]
    fn group_ids(user: &User) -> Vec<Gid> {
        std::ffi::CString::new(user.name.clone())
            .ok()
            .and_then(|name| nix::unistd::getgrouplist(&name, user.gid).ok())
            .unwrap_or_else(|| vec![user.gid])
    }

    #[cfg(target_vendor = "apple")]
    fn group_ids(user: &User) -> Vec<Gid> {
        vec![user.gid]
    }
}

#[cfg(windows)]
mod imp {
    use platen_windows::system::account;

    use super::{LocalUserError, Person, local_person};

    /// As the process' token says, which nobody changes as one changes `%USERNAME%`.
    pub(super) fn user() -> Result<Person, LocalUserError> {
        let account = account().map_err(|_| LocalUserError)?;
        Ok(local_person(
            &account.name,
            &account.full_name,
            account.groups,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_without_a_full_name_is_called_by_the_user_name() {
        let person = local_person("alice", " ", ["students".to_owned()]);
        assert_eq!(
            (person.name.as_str(), person.login.as_str()),
            ("alice", "alice")
        );
        assert_eq!(person.id, UserId::local("alice"));
        assert!(person.groups.contains("students"));
    }

    #[cfg(unix)]
    #[test]
    fn the_full_name_is_the_first_part_of_gecos() {
        assert_eq!(full_name("Alice Archer,Room 5,,", "alice"), "Alice Archer");
        assert_eq!(full_name("& Archer", "alice"), "Alice Archer");
        assert_eq!(full_name("", "alice"), "");
    }

    #[cfg(unix)]
    #[test]
    fn this_process_runs_as_the_user_and_in_the_groups_that_id_names() {
        let id = |flag: &str| {
            let output = std::process::Command::new("id").arg(flag).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let person = local_user().unwrap();
        assert_eq!(person.login, id("-un"));
        assert!(person.groups.contains(&id("-gn")), "{:?}", person.groups);
    }
}
