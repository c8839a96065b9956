//! `wamux doctor`: what is wrong with this machine, its folder and its network, and what to do about it.

use clap::Args;

use super::{Cli, say};
use crate::app::doctor::{Finding, Grade, examine};
use crate::exit::{Exit, Failure};

/// How it is told.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// As JSON, one finding a line
    #[arg(long)]
    json: bool,
}

/// Looks at everything; fails when there is a fault.
pub async fn doctor(cli: &Cli, args: &DoctorArgs) -> Result<Exit, Failure> {
    // One that can be read is good enough to look at the rest.
    let (config, faults) = match cli.load_config() {
        Ok(config) => (config, None),
        Err(failure) => (cli.read_config()?, Some(failure.sentence)),
    };
    let mut findings = vec![configuration(faults)];
    findings.extend(examine(&config).await);
    for finding in &findings {
        say(&if args.json {
            serde_json::to_string(finding).map_err(|error| Failure::new(Exit::Internal, &error))?
        } else {
            line(finding)
        });
    }
    match findings
        .iter()
        .filter(|finding| finding.grade == Grade::Fault)
        .count()
    {
        0 => Ok(Exit::Ok),
        faults => Err(Failure {
            exit: Exit::Internal,
            sentence: format!("{faults} of {} things have to be cured", findings.len()),
        }),
    }
}

fn configuration(faults: Option<String>) -> Finding {
    Finding {
        about: "configuration",
        grade: faults.as_ref().map_or(Grade::Ok, |_| Grade::Fault),
        cure: faults
            .is_some()
            .then(|| "change config.toml, the WAMUX_ variables or the flags; config.toml says what each key may be".to_owned()),
        found: faults.unwrap_or_else(|| "no faults".to_owned()),
    }
}

fn line(finding: &Finding) -> String {
    let grade = match finding.grade {
        Grade::Ok => "ok",
        Grade::Warning => "warning",
        Grade::Fault => "FAULT",
    };
    let line = format!("{grade:<8} {}: {}", finding.about, finding.found);
    match &finding.cure {
        None => line,
        Some(cure) => format!("{line}\n         -> {cure}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_stands_with_its_cure() {
        let finding = Finding {
            about: "disk",
            grade: Grade::Fault,
            found: "1 MiB free".to_owned(),
            cure: Some("make room".to_owned()),
        };
        assert_eq!(
            line(&finding),
            "FAULT    disk: 1 MiB free\n         -> make room"
        );
    }
}
