//! `wamux sandbox`: the daemon with a simulator of WhatsApp beside it, for trying things without a phone.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use wamux_simulator::admin::{self, Verb};
use wamux_simulator::{Options, Simulator};

use crate::app::{self, SimulatorDoor};
use crate::config::{ApiKey, Config, Endpoint, StateConfig};
use crate::exit::{Exit, Failure};

/// Who lives in the sandbox: number, name, and what the person answers to every text.
const PEOPLE: [(&str, &str, Option<&str>); 3] = [
    ("5511900000001", "Ana", None),
    ("5511900000002", "Ben", None),
    ("5511900000009", "Echo", Some("You said: {text}")),
];
/// Where the sandbox keeps its state, unless it is told otherwise: apart from real sessions.
const STATE_DIR: &str = "./state/sandbox";
const SEED: u64 = 1;
/// Where a webhook may lead unless the configuration says otherwise: to whoever tries one out on the same machine.
const RECEIVERS: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
];

/// Flags of `wamux sandbox`.
#[derive(Clone, Debug, Args)]
pub struct SandboxArgs {
    /// Address of the simulator, on loopback; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3001")]
    pub simulator: SocketAddr,
}

/// A running simulator, and the key of the daemon beside it. The simulator stops when this is dropped.
pub struct Sandbox {
    simulator: Simulator,
    key: ApiKey,
}

/// Starts the simulator, settles people in it and points `config` at it.
pub async fn start(mut config: Config, args: &SandboxArgs) -> Result<(Config, Sandbox), Failure> {
    furnish(&mut config);
    let folder = &config.state.dir;
    fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
    let options = Options {
        listen: args.simulator,
        seed: SEED,
        state: Some(folder.join("simulator.json")),
    };
    let simulator = Simulator::start(options).await.map_err(|error| Failure {
        exit: Exit::CannotListen,
        sentence: format!(
            "{}; is another sandbox running? Choose with --simulator and --state-dir",
            Failure::new(Exit::CannotListen, &error)
        ),
    })?;
    for (number, name, answer) in PEOPLE {
        let settled = simulator
            .create_phone(Some(number), name)
            .and_then(|_| simulator.auto_reply(number, answer));
        settled.map_err(|error| Failure::new(Exit::Internal, &error))?;
    }
    let key = match config.auth.api_key.take() {
        Some(key) => key,
        None => remembered_key(folder).map_err(|error| unusable(folder, &error))?,
    };
    let sandbox = Sandbox { simulator, key };
    Ok((sandbox.settle(config)?, sandbox))
}

/// What a sandbox has other defaults for.
fn furnish(config: &mut Config) {
    if config.state == StateConfig::default() {
        config.state.dir = PathBuf::from(STATE_DIR);
    }
    if config.webhooks.allow_addresses.is_empty() {
        config.webhooks.allow_addresses = RECEIVERS.to_vec();
    }
}

/// The sandbox shows its key at every start, so that one stays good in a shell's history. It opens nothing real.
fn remembered_key(folder: &Path) -> io::Result<ApiKey> {
    let file = folder.join("sandbox-key");
    match fs::read_to_string(&file) {
        Ok(key) => Ok(ApiKey::new(key)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = app::random_key();
            fs::write(&file, &key)?;
            Ok(ApiKey::new(key))
        }
        Err(error) => Err(error),
    }
}

fn unusable(folder: &Path, error: &io::Error) -> Failure {
    Failure {
        exit: Exit::StateNotWritable,
        sentence: format!(
            "the state folder {} cannot be written to: {error}; choose another one with --state-dir",
            folder.display()
        ),
    }
}

impl Sandbox {
    /// Points a configuration at this sandbox.
    pub fn settle(&self, mut config: Config) -> Result<Config, Failure> {
        furnish(&mut config);
        config.whatsapp.endpoint = Endpoint::sandbox(&self.simulator.chat_url())
            .map_err(|error| Failure::new(Exit::Internal, &error))?;
        config.auth.api_key.get_or_insert_with(|| self.key.clone());
        config.validate()?;
        Ok(config)
    }

    /// The way to the simulator for the daemon beside it.
    pub fn door(&self) -> SimulatorDoor {
        let control = self.simulator.control().clone();
        Arc::new(move |verb| {
            let control = control.clone();
            let verb = Verb {
                method: verb.method,
                path: verb.path,
                query: verb.query,
                body: verb.body,
            };
            Box::pin(async move { admin::ask(&control, verb).await })
        })
    }

    /// Says on stdout what is there and how to use it.
    pub fn announce(&self, api: SocketAddr) -> Result<(), Failure> {
        writeln!(io::stdout(), "{}", self.instructions(api))
            .map_err(|error| Failure::new(Exit::Internal, &error))
    }

    fn instructions(&self, api: SocketAddr) -> String {
        let people = PEOPLE
            .map(|(number, name, _)| format!("{name} {number}"))
            .join(", ");
        format!(
            r#"
  wamux sandbox: offline, with simulated phones

    dashboard  http://{api}/
    API        http://{api}/api
    key        {key}
    simulator  {sim}/admin
    people     {people} (answers every text)

  Make a session, let Ana's phone scan its code, write to Echo, and read the answer:

    export URL=http://{api} SIM={sim}/admin KEY={key}
    curl -s -H "X-Api-Key: $KEY" -H 'Content-Type: application/json' $URL/api/sessions -d '{{"clientId":"demo","sessionId":"ana"}}'
    curl -s -H "X-Api-Key: $KEY" "$URL/api/sessions/ana/qr?wait=30" | sed 's/.*"qr":"\([^"]*\)".*/\1/' | curl -s --data-binary @- "$SIM/mock-phone/scan-qr?phone={ana}"
    until curl -s -H "X-Api-Key: $KEY" $URL/api/sessions/ana | grep '"state":"connected"'; do sleep 1; done
    curl -s -H "X-Api-Key: $KEY" -H 'Content-Type: application/json' $URL/api/messages/send -d '{{"sessionId":"ana","to":"+{echo}","text":"hello"}}'
    curl -s -H "X-Api-Key: $KEY" $URL/api/sessions/ana/messages

  Ctrl-C ends it; sessions and phones are there again at the next start.
"#,
            key = self.key.expose(),
            sim = self.simulator.admin_url(),
            ana = PEOPLE[0].0,
            echo = PEOPLE[2].0,
        )
    }
}
