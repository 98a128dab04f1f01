using Microsoft.Playwright;

namespace IdP.UI.Tests;

/// <summary>
/// A walk over a page with the Tab key alone: everything that can be operated gets the focus, once and in the order in which it is read (WCAG 2.4.3), shows that it has it (2.4.7), is not
/// covered then (2.4.11), and lets it go again (2.1.2).
/// </summary>
internal static class KeyboardWalk
{
    /// <summary>A date field has a stop for each of its parts, and what scrolls has one of its own.</summary>
    private const int PressesForEach = 4, MorePresses = 10;

    private const string Begin = """
        () => {
          const operable = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable]')]
            .filter(element => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }))
            .filter((element, _, all) => {
              if (element.type !== 'radio') return true;
              const group = all.filter(one => one.type === 'radio' && one.name === element.name && one.form === element.form);
              return element === (group.find(one => one.checked) ?? group[0]);
            });
          const walk = window.keyboardWalk = { operable, met: [], findings: [], focused: document.activeElement, top: scrollY };
          const name = element => element.outerHTML.slice(0, 160);
          walk.look = () => {
            const element = document.activeElement;
            if (!operable.includes(element) || walk.met.at(-1) === element) return;
            walk.met.push(element);
            const style = getComputedStyle(element);
            if ((style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) && style.boxShadow === 'none') walk.findings.push('does not show the focus: ' + name(element));
            const at = ({ x, y, width, height }) => [[x + width / 2, y + height / 2], [x + 5, y + 5], [x + width - 5, y + height - 5]].map(point => document.elementFromPoint(...point));
            const hits = [...element.getClientRects()].filter(one => one.width > 0 && one.height > 0).flatMap(at).filter(hit => hit);
            if (hits.length === 0) walk.findings.push('is not in the window when it has the focus: ' + name(element));
            else if (!hits.some(hit => element.contains(hit) || hit.contains(element))) walk.findings.push('is covered by ' + name(hits[0]) + ' when it has the focus: ' + name(element));
          };
          for (const element of document.querySelectorAll('[tabindex]')) if (element.tabIndex > 0) walk.findings.push('has an order of its own: ' + name(element));
          for (const element of document.querySelectorAll('[role=button], [role=link], [onclick]')) if (element.tabIndex < 0 && element.checkVisibility()) walk.findings.push('cannot be reached: ' + name(element));
          addEventListener('keyup', walk.look, true); // the focus has moved by then, and the page has scrolled
          const start = document.createElement('span');
          start.tabIndex = -1;
          document.body.prepend(start);
          start.focus();
          start.remove();
          return operable.length;
        }
        """;

    private const string Met = "() => keyboardWalk.met.length";

    private const string End = """
        () => {
          const { operable, met, findings, focused, top, look } = window.keyboardWalk;
          const name = element => element.outerHTML.slice(0, 160);
          operable.forEach((element, index) => { if (met[index] !== element) findings.push(`is stop ${index + 1}, but the focus was then at ${met[index] ? name(met[index]) : 'nothing'}: ${name(element)}`); });
          removeEventListener('keyup', look, true);
          if (focused && focused !== document.body) focused.focus({ preventScroll: true }); else document.activeElement?.blur();
          scrollTo(0, top);
          delete window.keyboardWalk;
          return findings;
        }
        """;

    /// <returns>What is wrong, in words; the focus is where it was.</returns>
    public static async Task<IReadOnlyList<string>> FindingsAsync(IPage page)
    {
        var operable = await page.EvaluateAsync<int>(Begin);
        var (met, presses) = (0, 0);
        while (met < operable && presses < operable * PressesForEach + MorePresses)
        {
            for (var more = operable - met; more > 0; more--, presses++) await page.Keyboard.PressAsync("Tab");
            met = await page.EvaluateAsync<int>(Met);
        }
        return await page.EvaluateAsync<string[]>(End);
    }
}
