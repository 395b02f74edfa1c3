"""Staff: managers of departments, absences and deputies, the working calendar."""
