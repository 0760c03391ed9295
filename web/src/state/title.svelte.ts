/** What the open panel is called: the page's title is made of it. */

class PageTitle {
  /** The open panel's name; '' for the list. */
  text = $state('');
}

export const pageTitle = new PageTitle();
