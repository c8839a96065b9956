//! `wamux sandbox`: the daemon with a simulator of WhatsApp beside it, for trying things without a phone.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use wamux_simulator::{ControlError, Options, Simulator};

use crate::app;
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

/// Flags of `wamux sandbox`.
#[derive(Clone, Debug, Args)]
pub struct SandboxArgs {
    /// Address of the simulator, on loopback; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3001")]
    pub simulator: SocketAddr,
}

/// Starts the simulator, settles people in it, points `config` at it, and says how to use it. The simulator stops
/// when it is dropped.
pub async fn start(mut config: Config, args: &SandboxArgs) -> Result<(Config, Simulator), Failure> {
    if config.state == StateConfig::default() {
        config.state.dir = PathBuf::from(STATE_DIR);
    }
    let state = config.state.dir.join("simulator.json");
    std::fs::create_dir_all(&config.state.dir)
        .map_err(|error| Failure::new(Exit::StateNotWritable, &error))?;
    let options = Options {
        listen: args.simulator,
        seed: SEED,
        state: Some(state),
    };
    let simulator = Simulator::start(options)
        .await
        .map_err(|error| Failure::new(Exit::CannotListen, &error))?;
    settle(&simulator).map_err(|error| Failure::new(Exit::Internal, &error))?;
    config.whatsapp.endpoint = Endpoint::sandbox(&simulator.chat_url())
        .map_err(|error| Failure::new(Exit::Internal, &error))?;
    let key = config
        .auth
        .api_key
        .get_or_insert_with(|| ApiKey::new(app::random_key()))
        .clone();
    config.validate()?;
    let told = writeln!(
        std::io::stdout(),
        "{}",
        instructions(&config, &key, &simulator)
    );
    told.map_err(|error| Failure::new(Exit::Internal, &error))?;
    Ok((config, simulator))
}

fn settle(simulator: &Simulator) -> Result<(), ControlError> {
    for (number, name, answer) in PEOPLE {
        simulator.create_phone(Some(number), name)?;
        simulator.auto_reply(number, answer)?;
    }
    Ok(())
}

fn instructions(config: &Config, key: &ApiKey, simulator: &Simulator) -> String {
    let (listen, key, admin) = (config.server.listen, key.expose(), simulator.admin_url());
    let people = PEOPLE
        .map(|(number, name, _)| format!("{name} {number}"))
        .join(", ");
    format!(
        "\n  wamux sandbox: offline, with simulated phones\n\n    API        http://{listen}/api\n    key        {key}\n    simulator  {admin}/admin\n    people     {people} (answers every text)\n\n  \
         Make a session, let Ana's phone scan its code, and write to Echo:\n\n    \
         export WAMUX=http://{listen}/api WAMUX_KEY={key}\n    \
         curl -s -H \"X-Api-Key: $WAMUX_KEY\" -H 'Content-Type: application/json' $WAMUX/sessions -d '{{\"clientId\":\"demo\",\"sessionId\":\"ana\"}}'\n    \
         curl -s -H \"X-Api-Key: $WAMUX_KEY\" \"$WAMUX/sessions/ana/qr?wait=30\" | sed 's/.*\"qr\":\"\\([^\"]*\\)\".*/\\1/' | curl -s --data-binary @- \"{admin}/admin/mock-phone/scan-qr?phone={ana}\"\n    \
         curl -s -H \"X-Api-Key: $WAMUX_KEY\" -H 'Content-Type: application/json' $WAMUX/messages/send -d '{{\"sessionId\":\"ana\",\"to\":\"{echo}\",\"text\":\"hello\"}}'\n    \
         curl -s -H \"X-Api-Key: $WAMUX_KEY\" $WAMUX/sessions/ana/messages\n",
        ana = PEOPLE[0].0,
        echo = PEOPLE[2].0,
    )
}
