/** Pages that say why nothing comes of it. */
import { errorPage } from "./pages/error.ts";
import { page, type Visit } from "./visit.ts";

export function over(visit: Visit): Response {
  const detail = "It was finished already, or it took too long. Go back to your program and begin again.";
  return page(
    visit,
    errorPage({ domain: visit.domain.name, status: 400, title: "This log-in is over", detail, code: undefined }),
    { status: 400 },
  );
}

export function foreignForm(visit: Visit): Response {
  const detail =
    "The form did not come from this page, or the page was open for too long. Load the page again. Cookies must be allowed.";
  return page(
    visit,
    errorPage({
      domain: visit.domain.name,
      status: 403,
      title: "This was not sent from here",
      detail,
      code: undefined,
    }),
    { status: 403 },
  );
}
