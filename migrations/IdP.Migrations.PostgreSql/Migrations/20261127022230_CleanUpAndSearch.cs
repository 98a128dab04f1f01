using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class CleanUpAndSearch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_Users_EmailBegins",
                table: "Users",
                column: "NormalizedEmail")
                .Annotation("Npgsql:IndexOperators", new[] { "varchar_pattern_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Users_NameBegins",
                table: "Users",
                column: "Name")
                .Annotation("Npgsql:IndexOperators", new[] { "varchar_pattern_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Users_UserNameBegins",
                table: "Users",
                column: "NormalizedUserName")
                .Annotation("Npgsql:IndexOperators", new[] { "varchar_pattern_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Tokens_PushedRequests",
                table: "Tokens",
                column: "ExpiresAt",
                filter: "\"Type\" = 'urn:openiddict:params:oauth:token-type:request_token'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Users_EmailBegins",
                table: "Users");

            migrationBuilder.DropIndex(
                name: "IX_Users_NameBegins",
                table: "Users");

            migrationBuilder.DropIndex(
                name: "IX_Users_UserNameBegins",
                table: "Users");

            migrationBuilder.DropIndex(
                name: "IX_Tokens_PushedRequests",
                table: "Tokens");
        }
    }
}
