using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class SignInPolicies : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Inputs",
                table: "SignInDecisions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Reasons",
                table: "SignInDecisions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "IsDemanded",
                table: "PendingLogins",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "SignInPolicies",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    Description = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    Enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    Organizations = table.Column<string>(type: "TEXT", nullable: false),
                    Groups = table.Column<string>(type: "TEXT", nullable: false),
                    Clients = table.Column<string>(type: "TEXT", nullable: false),
                    Factors = table.Column<int>(type: "INTEGER", nullable: false),
                    MaxAge = table.Column<int>(type: "INTEGER", nullable: true),
                    Networks = table.Column<string>(type: "TEXT", nullable: false),
                    Outside = table.Column<int>(type: "INTEGER", nullable: false),
                    RememberDays = table.Column<int>(type: "INTEGER", nullable: true),
                    Version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_SignInPolicies", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_SignInPolicies_Name",
                table: "SignInPolicies",
                column: "Name",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "SignInPolicies");

            migrationBuilder.DropColumn(
                name: "Inputs",
                table: "SignInDecisions");

            migrationBuilder.DropColumn(
                name: "Reasons",
                table: "SignInDecisions");

            migrationBuilder.DropColumn(
                name: "IsDemanded",
                table: "PendingLogins");
        }
    }
}
