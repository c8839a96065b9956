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
    let config = cli.load_config()?;
    if !args.json {
        say("ok       configuration: no faults");
    }
    let findings = examine(&config).await;
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
            sentence: format!("{faults} of {} things have to be cured", findings.len() + 1),
        }),
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
