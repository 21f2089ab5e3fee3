// The workspace on a page of its own.

import { workspace } from "./workspace.js";

await workspace(document.getElementById("workspace"));
document.documentElement.dataset.ready = "";
