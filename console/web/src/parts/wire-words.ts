// The names of the wire and of the lab as words: kinds of messages, commands, bench actions, faults, events, states.
// The English words are those of the name, so that a reader finds it in the contract. Pure.
import { msg, t } from "../words/index.svelte";

type Texts = Readonly<Record<string, string>>;

/** The kinds of messages, as in the topics, in the order of a service's way. */
export const MESSAGE_KINDS = {
  desired: msg("desired"),
  reported: msg("reported"),
  heard: msg("heard"),
  presence: msg("presence"),
  cloud_presence: msg("cloud presence"),
  events: msg("events"),
  orders: msg("orders"),
  confirmations: msg("confirmations"),
} satisfies Texts;

/** The commands of people and of the operator. */
export const COMMANDS = {
  sign_up: msg("sign up"),
  switch_account: msg("switch account"),
  create_company: msg("create company"),
  change_owner: msg("change owner"),
  delete_company: msg("delete company"),
  enroll_as_dealer: msg("enroll as dealer"),
  set_billing_zone: msg("set billing zone"),
  add_employee: msg("add employee"),
  change_role: msg("change role"),
  remove_employee: msg("remove employee"),
  appoint_reseller: msg("appoint reseller"),
  send_desktop_build: msg("send desktop build"),
  send_request: msg("send request"),
  approve_request: msg("approve request"),
  reject_request: msg("reject request"),
  suspend_connection: msg("suspend connection"),
  restore_connection: msg("restore connection"),
  set_country_services: msg("set country services"),
  forget_device: msg("forget device"),
  create_object: msg("create object"),
  delete_object: msg("delete object"),
  remove_installing_company: msg("remove installing company"),
  add_hub: msg("add hub"),
  remove_hub: msg("remove hub"),
  arm_hub: msg("arm hub"),
  disarm_hub: msg("disarm hub"),
  configure_hub: msg("configure hub"),
  transfer_configuration: msg("transfer configuration"),
  activate: msg("activate"),
  schedule_deactivation: msg("schedule deactivation"),
  resume: msg("resume"),
  stop_now: msg("stop now"),
} satisfies Texts;

/** The actions on a hub on the bench. */
export const BENCH_ACTIONS = {
  insert_sim: msg("insert sim"),
  remove_sim: msg("remove sim"),
  lock_sim: msg("lock sim"),
  unlock_sim: msg("unlock sim"),
  break_sim: msg("break sim"),
  plug: msg("plug"),
  unplug: msg("unplug"),
  set_internet: msg("set internet"),
  use_data: msg("use data"),
  set_coverage: msg("set coverage"),
  set_signal: msg("set signal"),
  set_generations: msg("set generations"),
  hang_modem: msg("hang modem"),
  set_roaming: msg("set roaming"),
  set_apn: msg("set apn"),
  clear_forbidden: msg("clear forbidden"),
  set_mains: msg("set mains"),
  set_battery: msg("set battery"),
  set_lid: msg("set lid"),
  restart: msg("restart"),
  power_off: msg("power off"),
  power_on: msg("power on"),
} satisfies Texts;

/** The faults of the lab. */
export const FAULTS = {
  drop: msg("drop"),
  duplicate: msg("duplicate messages"),
  delay: msg("delay"),
  reorder: msg("reorder"),
  cut: msg("cut"),
  cut_process: msg("cut process"),
  stop_process: msg("stop process"),
  start_process: msg("start process"),
  restart_process: msg("restart process"),
  refuse_orders: msg("refuse orders"),
  fail_orders: msg("fail orders"),
  suspend_sim: msg("suspend sim"),
  reactivate_sim: msg("reactivate sim"),
  replay: msg("replay"),
  inject: msg("inject"),
} satisfies Texts;

/** The kinds of events that a hub reports. */
export const HUB_EVENTS = {
  sim_inserted: msg("sim inserted"),
  sim_removed: msg("sim removed"),
  sim_defective: msg("sim defective"),
  sim_locked: msg("sim locked"),
  sim_switched: msg("sim switched"),
  registered: msg("registered in a network"),
  registration_denied: msg("registration denied"),
  channel_lost: msg("channel lost"),
  channel_restored: msg("channel restored"),
  mains_lost: msg("mains lost"),
  mains_restored: msg("mains restored"),
  lid_opened: msg("lid was opened"),
  lid_closed: msg("lid was closed"),
  battery_low: msg("battery low"),
  battery_recovered: msg("battery recovered"),
  malfunction_found: msg("malfunction found"),
  malfunction_cleared: msg("malfunction cleared"),
  message_refused: msg("message refused"),
  memory_lost: msg("memory lost"),
} satisfies Texts;

/** The states of services, profiles, orders and faults. */
export const STATES = {
  not_available: msg("not available"),
  activation_required: msg("activation required"),
  active: msg("active"),
  expiring: msg("expiring"),
  inactive: msg("inactive"),
  placed: msg("placed"),
  accepted: msg("accepted"),
  executed: msg("executed"),
  refused: msg("refused"),
  failed: msg("not executed"),
  replaced: msg("replaced"),
  repeated: msg("repeated"),
  suspended: msg("suspended"),
  reactivated: msg("reactivated"),
  armed: msg("armed"),
  hit: msg("hit"),
  disarmed: msg("disarmed"),
  done: msg("done at once"),
} satisfies Texts;

const ALL: Texts = { ...STATES, ...HUB_EVENTS, ...FAULTS, ...BENCH_ACTIONS, ...COMMANDS, ...MESSAGE_KINDS };

/** A name that has no text here, as words. */
export const words = (name: unknown): string => String(name ?? "").replaceAll("_", " ");

/** A name of the wire in the language of the page; one that is new in the server as it is. */
export function wireText(name: unknown): string {
  const text = ALL[String(name)];
  return text === undefined ? words(name) : t(text);
}

/** A kind of message to choose: in the language of the page, with its name of the wire if that is another one. */
export function kindChoice(kind: string): string {
  const text = wireText(kind);
  return text === words(kind) ? text : `${text} (${kind})`;
}
