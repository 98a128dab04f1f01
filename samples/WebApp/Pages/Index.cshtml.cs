using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace WebApp.Pages;

internal sealed class IndexModel : PageModel
{
    public string? Problem { get; private set; }

    public IActionResult OnGet(string? problem)
    {
        if (User.Identity is { IsAuthenticated: true }) return RedirectToPage("/Session");

        Problem = problem switch
        {
            "sign-in" => "You were not signed in. You can try again.",
            "ended" => "Your session has ended. Please sign in again.",
            _ => null,
        };
        return Page();
    }
}
