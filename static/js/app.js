import { startDrafts } from "./drafts.js";
import {
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  NotificationBanner,
  PasswordInput,
  Radios,
  SkipLink,
  createAll,
} from "govuk-frontend";
import { MultiSelect } from "@ministryofjustice/frontend/moj/components/multi-select/multi-select.mjs";

for (const Component of [
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  MultiSelect,
  NotificationBanner,
  PasswordInput,
  Radios,
  SkipLink,
]) {
  createAll(Component);
}

startDrafts();
