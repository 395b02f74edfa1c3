/*
 * The behaviour of the desk, without inline handlers (script-src 'self'). Everything is tied to data attributes, and
 * every page works without it through plain links and forms. No part does anything by being imported: what runs, runs
 * from here, in this order, which is also the order in which the parts hear of a click.
 */

import { startBulk } from "./bulk.js";
import { startBands } from "./cases.js";
import { startComposer } from "./composer.js";
import { startCopying } from "./copy.js";
import { startDialogs, startQuestions } from "./dialogs.js";
import { startFilters } from "./filters.js";
import { startFormKeys } from "./form-keys.js";
import { startForms } from "./forms.js";
import { startDivision } from "./handover.js";
import { startInlineEdit } from "./inline-edit.js";
import { startMenus } from "./menus.js";
import { startOffers } from "./offers.js";
import { startPickers } from "./pickers.js";
import { startQuickSearch } from "./quick-search.js";
import { startRepeating } from "./repeating.js";
import { startRoleMatrix } from "./role-matrix.js";
import { startRowMenu } from "./row-menu.js";
import { startCellLabels, startRows } from "./rows.js";
import { startPrinting, startSideMenu, startThemeSwitch } from "./shell.js";
import { startDemoAccounts } from "./sign-in.js";
import { startSums } from "./sums.js";
import { startStrips } from "./tabs.js";
import { startToast } from "./toast.js";
import { startUploads } from "./uploads.js";

startThemeSwitch();
startSideMenu();
startMenus();
startDialogs();
startQuestions();
startRows();
startRowMenu();
startBulk();
startCellLabels();
startFilters();
startSums();
startQuickSearch();
startPickers();
startOffers();
startBands();
startForms();
startFormKeys();
startRepeating();
startRoleMatrix();
startDivision();
startPrinting();
startStrips();
startComposer();
startInlineEdit();
startCopying();
startDemoAccounts();
startUploads();
startToast();
