// The report of `hubsim run --html`: one page without a network, whose data is in it.
import { mount } from "svelte";

import "../app.css";
import "./report.css";
import { words } from "../words/index.svelte";
import { overview } from "./report-data";
import Report from "./Report.svelte";

const language = overview().lang === "pl" ? "pl" : "en";
words.language = language;
document.documentElement.lang = language;
const target = document.getElementById("report");
if (target) {
  target.replaceChildren();
  mount(Report, { target, props: { title: document.title } });
}
