using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace OpenIddictSample;

internal sealed class SampleDbContext(DbContextOptions<SampleDbContext> options) : IdentityDbContext(options);
